import type { Exhibit } from './exhibit.js'
import { pytorchConvolutionExhibits } from './pytorchConvolution.js'
import { pytorchLinearExhibits } from './pytorchLinear.js'
import { pytorchLossExhibits } from './pytorchLosses.js'
import { pytorchNormExhibits } from './pytorchNorms.js'
import { pytorchPoolingExhibits } from './pytorchPooling.js'
import { pytorchStorageExhibits } from './pytorchStorage.js'
import { pytorchVectorExhibits } from './pytorchVectors.js'

export const pytorchExhibits: readonly Exhibit[] = [
  ...pytorchConvolutionExhibits,
  ...pytorchLinearExhibits,
  ...pytorchPoolingExhibits,
  ...pytorchNormExhibits,
  ...pytorchLossExhibits,
  ...pytorchVectorExhibits,
  ...pytorchStorageExhibits,
]
