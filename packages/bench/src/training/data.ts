import { type Shape, sizeOf } from '@convkit/api'
import { type Dataset, Random } from '@convkit/data'

/** As many images as are drawn; larger sets repeat them. */
const drawn = 500

/** Random images with random labels, the first `distinct` of them over and over. */
export function createDataset(image: Shape, classes: number, count: number, distinct = drawn): Dataset {
  const random = new Random(0)
  const size = sizeOf(image)
  const some = Float32Array.from(random.normal(Math.min(count, distinct) * size))
  const images = new Float32Array(count * size)
  for (let at = 0; at < images.length; at += some.length) images.set(some.subarray(0, images.length - at), at)
  const labels = Array.from({ length: Math.min(count, distinct) }, () => random.integer(classes))
  const [channels = 1, height = 1, width = 1] = image
  return {
    images,
    labels: Int32Array.from({ length: count }, (_, i) => labels[i % labels.length]),
    shape: [count, channels, height, width],
    classNames: Array.from({ length: classes }, (_, i) => String(i)),
  }
}
