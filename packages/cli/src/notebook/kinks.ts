import { type Shape, sizeOf } from '@convkit/api'

/** The smallest |z|: how far the nearest relu input is from the kink at 0. */
export function reluDistance(z: ArrayLike<number>): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < z.length; i++) nearest = Math.min(nearest, Math.abs(z[i]))
  return nearest
}

/**
 * How close the runner-up of any 2x2 window (stride 2) comes to its maximum: where they are equal, the pooling's
 * gradient jumps. z has shape (N, C, H, W). With `relu`, z goes through relu before it is pooled, and a window without a
 * positive value stays 0 whichever wins.
 */
export function poolDistance(z: ArrayLike<number>, shape: Shape, relu: boolean): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [first, second] of topTwo(z, shape)) if (!relu || first > 0) nearest = Math.min(nearest, first - second)
  return nearest
}

/** The smallest |maximum| of any such window: a relu input that the pooling passes by has no corner that shows. */
export function pooledReluDistance(z: ArrayLike<number>, shape: Shape): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [first] of topTwo(z, shape)) nearest = Math.min(nearest, Math.abs(first))
  return nearest
}

function* topTwo(z: ArrayLike<number>, shape: Shape): Generator<readonly [first: number, second: number]> {
  const [h, w] = shape.slice(2)
  const planes = sizeOf(shape.slice(0, 2))
  for (let plane = 0; plane < planes; plane++)
    for (let p = 0; p + 1 < h; p += 2)
      for (let q = 0; q + 1 < w; q += 2) {
        const corner = (plane * h + p) * w + q
        const window = [corner, corner + 1, corner + w, corner + w + 1].map((i) => z[i])
        const [first, second] = window.sort((a, b) => b - a)
        yield [first, second]
      }
}

/**
 * Draws until `suits`. It stops looking after 100 draws: what follows is a check, which then fails by itself.
 */
export async function drawUntil<T>(draw: () => T, suits: (drawn: T) => boolean | Promise<boolean>): Promise<T> {
  let drawn = draw()
  for (let draws = 1; draws < 100 && !(await suits(drawn)); draws++) drawn = draw()
  return drawn
}
