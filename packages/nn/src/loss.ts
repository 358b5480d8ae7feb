import { ConfigError, DTypeError, type FloatTensor, formatShape, Labels, type Scope } from '@convkit/api'
import type { Chance } from './chance.js'
import type { Hyperparameters } from './layer.js'

/** What a model is held against: labels, or values of its output's shape. */
export type Targets = Labels | FloatTensor

export interface LossShare {
  /** What the sum is multiplied by, in the place of what makes it a mean. */
  readonly scale?: number | undefined
  /** These rows' part of a larger batch: loss and gradient are multiplied by it, whatever the scale. */
  readonly share: number
}

/** A loss, and the way back. */
export interface LossPass {
  /** Shape (1). */
  readonly loss: FloatTensor
  /** The gradient of the loss, like the model's output, in forward's scope. */
  backward(): FloatTensor
}

interface LossForm<Target extends Targets> {
  /** What the loss is known by, with its hyperparameters: a checkpoint resumes a run of the same loss alone. */
  readonly name: string
  readonly hyperparameters?: Hyperparameters
  /** All that it allocates goes into `scope`. Throws `ShapeError` for an output and targets that do not fit. */
  forward(scope: Scope, output: FloatTensor, targets: Target, scale: LossShare): LossPass
}

/** A loss of class scores (N, C) against labels (N). */
export interface LabelLoss extends LossForm<Labels> {
  readonly targets: 'labels'
  /** How many classes it is made for; absent: any number. */
  readonly classes?: number
  /** What rows of these labels count for in the mean over a batch, in which it divides their sum; absent: 1 each. */
  readonly weightOf?: (labels: Int32Array) => number
  /** What a first loss is held against; absent: nothing. */
  readonly chance?: (classes: number) => Chance
}

/** A loss of an output of any shape against floats of the same shape. */
export interface ValueLoss extends LossForm<FloatTensor> {
  readonly targets: 'values'
}

/** The loss of a model: one of `losses`, an `elementLoss`, or an object of one's own. */
export type LossSpec = LabelLoss | ValueLoss

/** A loss of the library's, as a model's file says it. */
export interface LossDescription {
  readonly name: string
  readonly hyperparameters: Hyperparameters
}

/** The factor of a sum over so many rows, or elements, or over rows of this weight; the mean over none is 0. */
export function scaleOf({ scale, share }: LossShare, count: number): number {
  return share * (scale ?? (count === 0 ? 0 : 1 / count))
}

/** Throws `ConfigError` for what is no loss. */
export function checkLoss(owner: string, loss: LossSpec): void {
  const { name, targets, forward } = Object(loss)
  const known = targets === 'labels' || targets === 'values'
  if (typeof name !== 'string' || !known || typeof forward !== 'function')
    throw new ConfigError(
      `${owner}: a loss is { name, targets: 'labels' or 'values', forward }, such as losses.meanSquaredError(), got ${String(loss)}`,
    )
}

/** Throws `ConfigError` for a loss that is made for another number of classes. */
export function checkClasses(owner: string, { name, classes }: LabelLoss, given: number): void {
  if (classes !== undefined && classes !== given)
    throw new ConfigError(`${owner}: ${name} is made for ${classes} classes, and there are ${given}`)
}

/** The loss of a batch. Throws `DTypeError` for values in the place of labels, or labels in that of values. */
export function lossPass(
  owner: string,
  loss: LossSpec,
  scope: Scope,
  output: FloatTensor,
  targets: Targets,
  scale: LossShare,
): LossPass {
  const labels = targets instanceof Labels
  if (loss.targets === 'labels' && labels) return loss.forward(scope, output, targets, scale)
  if (loss.targets === 'values' && !labels) return loss.forward(scope, output, targets, scale)
  const wanted = loss.targets === 'labels' ? 'labels, as scope.labels makes them' : 'a float tensor like its output'
  throw new DTypeError(
    `${owner}: ${loss.name} wants ${wanted}, got ${labels ? 'labels' : targets.dtype} ${formatShape(targets.shape)}`,
  )
}
