export {
  type Augment,
  type AugmentDescription,
  type AugmentPlace,
  augmentCode,
  compose,
  defineAugment,
} from './augment.js'
export * from './augments.js'
export * from './batches.js'
export { type ChannelStatistics, channelStatistics } from './channelStatistics.js'
export {
  type AnsweredSet,
  type Answers,
  type AnyDataset,
  type Dataset,
  type DatasetInput,
  type ImageRows,
  readRow,
  toDataset,
  toValueSet,
  type ValueSet,
  type ValueSetInput,
} from './dataset.js'
export { meanImage, subtractMean } from './mean.js'
export { type Numbers, toFloats } from './numbers.js'
export * from './pictures.js'
export * from './random.js'
export { stratifiedSplit } from './split.js'
export { createViews, type View, type ViewOptions } from './views.js'
export type { PadMode } from './window.js'
