import { updateNames } from '@convkit/api'
import { z } from 'zod'

const count = z.int().min(1)
/** A number, or the name of one that `sizes` or `sweep` gives. */
const length = z.union([count, z.string().min(1)])
const sizes = z.record(z.string(), z.record(z.string(), count))
const image = z.tuple([count, count, count])

export const groups = z.enum(['notebook', 'training', 'layers', 'products', 'scaling'])

const common = {
  /** Rows are called by it; unique. */
  name: z.string().min(1),
  title: z.string().min(1),
  /** The table that it stands in. */
  group: groups,
  /** Whether a quick run has it: all of it, none, or these of its sizes. */
  quick: z.union([z.boolean(), z.array(z.string())]).default(true),
}

const layerFile = z.strictObject({
  kind: z.literal('layer'),
  ...common,
  /** A layer, an update or a sandwich of the conformance suite. */
  layer: z.string().min(1),
  /** As in a reference file of that layer (docs/reference-files.md). */
  attributes: z.record(z.string(), z.unknown()).default({}),
  inputs: z.record(z.string(), z.array(length)),
  /** Default: all that the layer has. */
  passes: z.array(z.enum(['forward', 'backward'])).exactOptional(),
  /** One workload each: `small`: { `n`: 4 }. */
  sizes: sizes.exactOptional(),
  /** One workload for each value of one length, the others as in `where`: a curve. */
  sweep: z
    .strictObject({
      over: z.string().min(1),
      /** What that length is; default: its name. */
      label: z.string().min(1).exactOptional(),
      values: z.array(count).min(2),
      where: z.record(z.string(), count).default({}),
    })
    .exactOptional(),
  /** Whether other libraries run it too. */
  peers: z.boolean().default(false),
})

const loss = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('softmaxCrossEntropy'), labelSmoothing: z.number().exactOptional() }),
  z.strictObject({ kind: z.literal('svmLoss') }),
])

const model = z.union([
  z.strictObject({
    threeLayerConvNet: z.strictObject({
      inputDim: image,
      numFilters: count,
      filterSize: count,
      hiddenDim: count,
      numClasses: count,
      reg: z.number().min(0).default(0),
    }),
  }),
  z.strictObject({
    sequential: z.strictObject({
      input: image,
      /** `kind` is a layer of @convkit/nn, the rest its options; of a layer of layers `args`, what its factory takes. */
      layers: z.array(z.looseObject({ kind: z.string().min(1) })).min(1),
      /** Default softmaxCrossEntropy. */
      loss: loss.exactOptional(),
      reg: z.number().min(0).default(0),
    }),
  }),
])

/** Steps of training a model. */
const trainingFile = z.strictObject({
  kind: z.literal('training'),
  ...common,
  batchSize: count,
  model,
  /** With hyperparameters of its own. */
  optimizer: z.object({ name: z.enum(updateNames), learningRate: z.number() }).catchall(z.number()),
  /** Also an epoch over so many images. */
  epoch: count.exactOptional(),
  /** For ThreeLayerConvNet: a smaller net that is held to derived bounds before. */
  gate: z.strictObject({ batchSize: count, inputDim: image, hiddenDim: count }).exactOptional(),
  /**
   * Images of the step that is held to derived bounds, where the whole batch would take naive too long: a part of the batch
   * that divides it. That part, repeated, is then held as a batch.
   */
  heldBatchSize: count.exactOptional(),
  peers: z.boolean().default(false),
})

export const workloadFile = z.discriminatedUnion('kind', [layerFile, trainingFile])

export type LayerFile = z.output<typeof layerFile>
export type TrainingFile = z.output<typeof trainingFile>
export type LossData = z.output<typeof loss>
export type WorkloadFile = z.output<typeof workloadFile>
export type Group = WorkloadFile['group']
