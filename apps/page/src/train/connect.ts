import { proxy, type Remote, wrap } from 'comlink'
import type { TrainEvent } from './events.js'
import type { Trainer } from './trainer.js'

/** A trainer in a worker of its own. */
export async function connectTrainer(onEvent: (event: TrainEvent) => void): Promise<Remote<Trainer>> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'train' })
  const Remote = wrap<typeof Trainer>(worker)
  return await new Remote(new URL('data/', document.baseURI).href, proxy(onEvent))
}
