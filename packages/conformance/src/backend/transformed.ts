import { conv2d, Scope, UnsupportedError } from '@convkit/api'
import type { Random } from '@convkit/data'
import { arithmeticOf } from '../core/arithmetic.js'
import { gamma } from '../core/bounds.js'
import { Violation } from '../core/violation.js'
import { but, type Declared } from './declared.js'

const [channels, side] = [32, 8]

/**
 * Whether a 3 x 3 convolution lets in what its kernel multiplies by 0. Each filter copies one pixel of its window, among
 * neighbours up to 2^16 times as large: sums of products add zeros to it, transforms add the neighbours and take them off again.
 * Throws where a backend does so that declares to be direct.
 */
export async function isTransformed(subject: Declared, random: Random): Promise<boolean> {
  const { backend, dtype } = subject
  const { unitRoundoff, convolution } = arithmeticOf(backend, dtype, 'conv2d')
  using scope = new Scope(backend)
  const from = (values: Float64Array, shape: readonly number[]) =>
    dtype === 'float32' ? scope.from(Float32Array.from(values), shape) : scope.from(values, shape)
  const round = dtype === 'float32' ? Math.fround : (value: number) => value
  const x = Float64Array.from({ length: channels * side * side }, () =>
    round((1 + random.uniform()) * 2 ** (16 * random.integer(2))),
  )
  const taps = Array.from({ length: channels }, () => random.integer(9))
  const w = new Float64Array(channels * channels * 9)
  for (const [f, tap] of taps.entries()) w[(f * channels + f) * 9 + tap] = 1
  let got: ArrayLike<number>
  try {
    const operands = { x: from(x, [1, channels, side, side]), w: from(w, [channels, channels, 3, 3]) }
    got = await conv2d.forward(scope, operands, { pad: 1 }).y.read()
  } catch (error) {
    if (error instanceof UnsupportedError) return false
    throw error
  }
  const most = gamma(3, { u: unitRoundoff })
  for (let i = 0; i < got.length; i++) {
    const [f, p, q] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side]
    const [h, k] = [p + Math.floor(taps[f] / 3) - 1, q + (taps[f] % 3) - 1]
    const pixel = h < 0 || h >= side || k < 0 || k >= side ? 0 : x[(f * side + h) * side + k]
    if (Math.abs(got[i] - pixel) <= most * pixel) continue
    if (convolution === 'winograd') return true
    throw new Violation(
      `${but(subject, 'conv2d')}conv2d makes ${got[i]} of ${pixel} times 1 and its neighbours times 0: it transforms them, as Winograd's algorithm does`,
    )
  }
  return false
}
