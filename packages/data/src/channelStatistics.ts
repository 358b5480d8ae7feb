import { type AnyDataset, readRow } from './dataset.js'

export interface ChannelStatistics {
  /** Of each channel, over all pixels of all images. */
  readonly mean: readonly number[]
  /** The standard deviation likewise, biased: the root of the mean square of deviations from the mean. */
  readonly deviation: readonly number[]
}

/** What `layers.standardise` takes: mean[c] and deviation[c] of images (N, C, H, W), in float64, by two passes. */
export function channelStatistics(set: AnyDataset): ChannelStatistics {
  const [n, channels, height, width] = set.shape
  const pixels = height * width
  const row = new Float32Array(channels * pixels)
  const meanOf = (term: (value: number, channel: number) => number): number[] => {
    const sums = new Float64Array(channels)
    for (let index = 0; index < n; index++) {
      readRow(set, index, row)
      for (let i = 0; i < row.length; i++) {
        const channel = Math.floor(i / pixels)
        sums[channel] += term(row[i], channel)
      }
    }
    return Array.from(sums, (sum) => sum / (n * pixels))
  }
  const mean = meanOf((value) => value)
  return { mean, deviation: meanOf((value, channel) => (value - mean[channel]) ** 2).map(Math.sqrt) }
}
