import type { ConcatDims, ConcatKernels } from '@convkit/api'
import type { Runtime, Work } from '../runtime.js'
import type { Storage } from '../storage.js'

export function concat(runtime: Runtime): ConcatKernels<Storage> {
  const rows = ({ n, left, right }: ConcatDims): Work => ({ units: n, nanoseconds: 0.2 * n * (left + right) })
  return {
    /** y[n,i] = x[n,i] for i < left, and z[n,i-left] from there on */
    forward(d, x, z, y) {
      const { left, right } = d
      runtime.run('concatForward', rows(d), { left, right, x, z, y })
    },

    /** dx[n,i] = dy[n,i]; dz[n,i] = dy[n,left+i] */
    backward(d, dy, dx, dz) {
      const { left, right } = d
      runtime.run('concatBackward', rows(d), { left, right, x: dx, z: dz, y: dy })
    },
  }
}
