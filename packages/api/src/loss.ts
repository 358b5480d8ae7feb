import type { Work } from './cost.js'
import { checkOwner, checkTensors, kernelTable } from './dispatch.js'
import { ShapeError } from './errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from './gradients.js'
import type { Queued } from './queued.js'
import type { Scope } from './scope.js'
import type { Refusable, Signatures } from './signature.js'
import { type FloatTensor, formatShape, type Labels, type Shape } from './tensor.js'

/** logits (n, classes), labels (n) of int32 in [0, classes), loss (1). */
export interface LossDims {
  readonly n: number
  readonly classes: number
}

export interface LossScale {
  /** What the sum over the batch is multiplied by. */
  readonly scale: number
}

/** The two classification losses have one form; each file gives its own formulas. */
export interface LossKernels<S> extends Refusable<LossDims> {
  forward(d: LossDims, s: LossScale, logits: S, labels: S, loss: S): Queued
  backward(d: LossDims, s: LossScale, logits: S, labels: S, dlogits: S): Queued
}

export const lossSignatures: Signatures<LossKernels<unknown>> = {
  forward: { scalars: true, reads: ['logits', 'labels'], writes: ['loss'] },
  backward: { scalars: true, reads: ['logits', 'labels'], writes: ['dlogits'] },
}

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

export interface Loss {
  readonly name: 'softmaxCrossEntropy' | 'svmLoss'
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

/** `flopsPerLogit`: operations spent on one logit in a forward pass; the backward pass needs two more. */
export function lossWork(flopsPerLogit: number): Work<LossDims, keyof typeof lossSignatures> {
  return {
    lengths: ({ n, classes }) => ({ logits: n * classes, labels: n, loss: 1 }),
    flops: {
      forward: ({ n, classes }) => flopsPerLogit * n * classes,
      backward: ({ n, classes }) => (flopsPerLogit + 2) * n * classes,
    },
  }
}

/** What is common to the two losses. */
export function defineLoss(name: Loss['name']): Loss {
  function dims(logits: Shape, labels: Shape, checkedClasses?: number): LossDims {
    const seen = `(logits ${formatShape(logits)}, labels ${formatShape(labels)})`
    const [n, classes] = logits
    if (logits.length !== 2 || n === undefined || classes === undefined)
      throw new ShapeError(`${name}: logits must have 2 axes (N, C) but has ${logits.length} ${seen}`)
    if (labels.length !== 1 || labels[0] !== n) throw new ShapeError(`${name}: labels must have shape [${n}] ${seen}`)
    if (checkedClasses !== undefined && checkedClasses > classes)
      throw new ShapeError(`${name}: labels of ${checkedClasses} classes do not fit ${classes} logits ${seen}`)
    return Object.freeze({ n, classes })
  }

  return {
    name,
    dims,

    forward(scope, { logits, labels }, options = {}) {
      const d = dims(logits.shape, labels.shape, labels.classes)
      const dtype = checkTensors(name, scope, { logits })
      checkOwner(name, scope, 'labels', labels)
      const scale = options.scale ?? 1 / d.n
      const kernels = kernelTable(scope.backend, name, dtype, d, 'forward')
      const loss = scope.alloc([1], dtype)
      kernels.forward(d, { scale }, logits.storage, labels.storage, loss.storage)
      return { loss, saved: { d, scale, logits, labels } }
    },

    backward(scope, { d, scale, logits, labels }, want) {
      const dtype = checkTensors(name, scope, { logits })
      checkOwner(name, scope, 'labels', labels)
      const kernels = kernelTable(scope.backend, name, dtype, d, 'backward', want)
      const grads = gradients(name, scope, dtype, { dlogits: logits.shape }, want)
      if (grads.dlogits) kernels.backward(d, { scale }, logits.storage, labels.storage, storageOf(grads.dlogits))
      return grads
    },
  }
}
