import { type Dataset, Random } from '@convkit/data'
import type { Splits } from '@convkit/datasets'

const classNames = ['red', 'green', 'blue', 'cyan', 'pink', 'gray', 'top', 'left', 'bright', 'dark']
const side = 6

/** Ten kinds of small noisy pictures, easy to tell apart. */
export function syntheticData(): Splits {
  const random = new Random(11)
  return {
    train: dataset(random, 500),
    validation: dataset(random, 40),
    test: dataset(random, 20),
    mean: new Float32Array(3 * side * side).fill(120),
    classNames,
  }
}

function dataset(random: Random, n: number): Dataset {
  const labels = Int32Array.from({ length: n }, (_, i) => i % 10)
  const images = Float32Array.from({ length: n * 3 * side * side }, (_, i) => {
    const pixel = i % (side * side)
    const channel = Math.floor(i / (side * side)) % 3
    const label = labels[Math.floor(i / (3 * side * side))] ?? 0
    return pattern(label, channel, Math.floor(pixel / side), pixel % side) + random.integer(20)
  })
  return { images, labels, shape: [n, 3, side, side], classNames }
}

function pattern(label: number, channel: number, row: number, column: number): number {
  if (label < 3) return channel === label ? 90 : -60
  if (label < 6) return channel === label - 3 ? -90 : 60
  if (label === 6) return row < side / 2 ? 80 : -80
  if (label === 7) return column < side / 2 ? 80 : -80
  return label === 8 ? 110 : -110
}
