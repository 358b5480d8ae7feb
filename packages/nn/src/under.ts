import type { Hyperparameters } from './layer.js'

/** Those of a part: `eps` under `bn` is `bn.eps`. */
export function under(part: string, hyperparameters: Hyperparameters): Hyperparameters {
  return Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [`${part}.${name}`, value]))
}
