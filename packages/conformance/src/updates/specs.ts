import { ofComposedUpdates, type UpdateName } from '@convkit/api'
import { adamSpec } from './adam.js'
import { adamwSpec } from './adamw.js'
import { composedSpec } from './composed.js'
import { nesterovSpec } from './nesterov.js'
import { rmspropSpec } from './rmsprop.js'
import { sgdSpec } from './sgd.js'
import { sgdMomentumSpec } from './sgdMomentum.js'
import type { UpdateSpec } from './update.js'

const specOf: { readonly [U in UpdateName]: UpdateSpec } = {
  sgd: sgdSpec,
  sgdMomentum: sgdMomentumSpec,
  rmsprop: rmspropSpec,
  adam: adamSpec,
  adamw: adamwSpec,
  ...ofComposedUpdates((definition) => composedSpec(definition)),
  nesterov: nesterovSpec,
}

/** Every optimizer's. */
export const updateSpecs: readonly UpdateSpec[] = Object.values(specOf)
