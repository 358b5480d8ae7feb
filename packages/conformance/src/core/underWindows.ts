import type { WindowDims } from '@convkit/api'

/** For each output element, in order, the indices in x of the elements under its window, in row-major order. */
export function underWindows(d: WindowDims): number[][] {
  const under: number[][] = []
  for (let image = 0; image < d.n * d.channels; image++)
    for (let p = 0; p < d.outH; p++)
      for (let q = 0; q < d.outW; q++) {
        const indices: number[] = []
        for (let i = 0; i < d.kH; i++)
          for (let j = 0; j < d.kW; j++) {
            const [h, w] = [p * d.strideH + i - d.padTop, q * d.strideW + j - d.padLeft]
            if (h >= 0 && h < d.inH && w >= 0 && w < d.inW) indices.push((image * d.inH + h) * d.inW + w)
          }
        under.push(indices)
      }
  return under
}
