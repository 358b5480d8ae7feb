import type { LossDefinition, LossDims } from './defineLoss.js'
import { checkOwner, checkTensors, kernelTable } from './dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from './gradients.js'
import type { Shape } from './shape.js'
import type { FloatTensor, Labels, Scope } from './tensor.js'

export interface LossInputs {
  readonly logits: FloatTensor
  readonly labels: Labels
}

export interface LossOptions {
  /** What the sum over the batch is multiplied by; default 1/N. Uneven shards and accumulation need their own. */
  readonly scale?: number
}

export interface LossSaved {
  readonly d: LossDims
  readonly scale: number
  readonly logits: FloatTensor
  readonly labels: Labels
}

export interface Loss<Name extends string = string> {
  readonly name: Name
  /** Shapes (N, C) and (N), checked; throws `ShapeError`. */
  dims(logits: Shape, labels: Shape, classes?: number): LossDims
  /** logits (N, C), labels (N) -> loss (1). */
  forward(scope: Scope, inputs: LossInputs, options?: LossOptions): { loss: FloatTensor; saved: LossSaved }
  /** The gradient of the loss itself: dlogits (N, C). */
  backward<const W extends Wanted<'dlogits'> = Record<never, never>>(
    scope: Scope,
    saved: LossSaved,
    want?: W,
  ): Gradients<'dlogits', W>
}

/** The loss that a definition says, on tensors. */
export function lossOf<Name extends string>(definition: LossDefinition<Name>): Loss<Name> {
  const { name, dims } = definition
  return {
    name,
    dims,

    forward(scope, { logits, labels }, options = {}) {
      const d = dims(logits.shape, labels.shape, labels.classes)
      const dtype = checkTensors(name, scope, { logits })
      checkOwner(name, scope, 'labels', labels)
      const scale = options.scale ?? 1 / d.n
      const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
      const loss = scope.alloc([1], dtype)
      kernels.forward(d, { scale }, logits.storage, labels.storage, loss.storage)
      return { loss, saved: { d, scale, logits, labels } }
    },

    backward(scope, { d, scale, logits, labels }, want) {
      const dtype = checkTensors(name, scope, { logits })
      checkOwner(name, scope, 'labels', labels)
      const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
      const grads = gradients(name, scope, dtype, { dlogits: logits.shape }, want)
      if (grads.dlogits) kernels.backward(d, { scale }, logits.storage, labels.storage, storageOf(grads.dlogits))
      return grads
    },
  }
}
