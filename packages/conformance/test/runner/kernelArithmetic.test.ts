import type { Arithmetic, Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, it } from 'vitest'
import { mapped, rounded } from '../../../mutants/src/mutants/faults.js'
import { plain } from '../../src/core/arithmetic.js'
import { collect, failuresOf, runConformance, unclaimedOf } from '../../src/index.js'
import { createChanged } from '../support/everyKernel.js'
import { createHidingNaN } from '../support/hidingNaN.js'
import { createWinograd, float64 } from '../support/winograd.js'

const half = (array: Data) => mapped(array, (value) => rounded(value, 11))

/** Naive, whose conv2d computes with 11 bits: operands and results. */
function createHalf(kernels: NonNullable<Arithmetic['kernels']>): Backend<Data> {
  const naive = createNaive()
  const { float32 = {} } = naive.kernels
  const { conv2d } = float32
  if (!conv2d) throw new Error('naive has it')
  const store = (...arrays: readonly (Data | null)[]) => {
    for (const array of arrays) array?.set(half(array))
  }
  return {
    ...naive,
    name: 'half',
    arithmetic: { float32: { ...plain.float32, kernels } },
    kernels: {
      float32: {
        ...float32,
        conv2d: {
          forward(d, x, w, b, y) {
            conv2d.forward(d, half(x), half(w), b && half(b), y)
            store(y)
          },
          backward(d, dy, x, w, dx, dw, db) {
            conv2d.backward(d, half(dy), half(x), half(w), dx, dw, db)
            store(dx, dw, db)
          },
        },
      },
    },
  }
}

const around = ['backend', 'conv2d', 'convRelu', 'convReluPool', 'convBnRelu', 'convBnReluPool', 'training']

describe('a coarser arithmetic of one kernel', () => {
  it('passes where it is declared of that kernel, in every sandwich and net', async () => {
    const backend = createHalf({ conv2d: { unitRoundoff: 2 ** -11 } })
    expect(failuresOf(await collect(runConformance(backend, { layer: around, runs: 10 })))).toEqual([])
  })

  it('fails where it is declared of another, or a finer one is', async () => {
    const only = ['backend/declaration', 'conv2d/forward', 'conv2d/backward']
    for (const kernels of [{ affine: { unitRoundoff: 2 ** -11 } }, { conv2d: { unitRoundoff: 2 ** -14 } }]) {
      const failed = failuresOf(await collect(runConformance(createHalf(kernels), { only, runs: 10 })))
      expect(failed.map(({ id }) => id)).toEqual(only.map((id) => `${id}/float32`))
    }
  })

  it('loosens nothing in another', async () => {
    const naive = createNaive()
    const { float32 = {} } = naive.kernels
    const { affine } = float32
    if (!affine) throw new Error('naive has it')
    const backend: Backend<Data> = {
      ...createHalf({ conv2d: { unitRoundoff: 2 ** -11 } }),
      kernels: {
        float32: { ...float32, affine: { ...affine, forward: (d, x, w, b, y) => affine.forward(d, half(x), w, b, y) } },
      },
    }
    const failed = failuresOf(await collect(runConformance(backend, { layer: ['affine'], runs: 20 })))
    expect(failed.map(({ id }) => id)).toContain('affine/forward/float32')
  })
})

/** Those that compute; the others copy. */
const sums = ['conv2d', 'affine', 'batchNorm', 'layerNorm', 'groupNorm', 'softmaxCrossEntropy']
const computing = [...sums, 'avgPool2d', 'svmLoss', 'sgd', 'sgdMomentum', 'rmsprop', 'adam', 'adamw']

describe('a right backend passes the whole suite', () => {
  it.each([11, 8])(
    'where every kernel that computes rounds to %i bits, and says so',
    { timeout: 300_000 },
    async (bits) => {
      const arithmetic = { ...plain.float32, unitRoundoff: 2 ** -bits }
      const backend = createChanged(computing, (value) => rounded(value, bits), arithmetic)
      expect(failuresOf(await collect(runConformance(backend, { runs: 4 })))).toEqual([])
    },
  )

  it('where sums come out with other bits every time, and it says so', { timeout: 300_000 }, async () => {
    const random = new Random(231)
    // What the declared bits hold may be an exact sum, which no order changes.
    const wobble = (value: number) =>
      value !== rounded(value, 22) && random.uniform() < 0.5 ? value * (1 + 2 ** -23) : value
    const own = { unitRoundoff: 2 ** -22, deterministic: false }
    const arithmetic = { ...plain.float32, kernels: Object.fromEntries(sums.map((layer) => [layer, own])) }
    const report = await collect(runConformance(createChanged(sums, wobble, arithmetic), { runs: 4 }))
    expect(failuresOf(report)).toEqual([])
    const unclaimed = report.checks.filter(({ status }) => status === 'unclaimed').map(({ layer }) => layer)
    expect(unclaimed).toContain('conv2d')
    expect(unclaimed).not.toContain('relu')
  })

  it('where conv2d alone declares Winograd', async () => {
    const { arithmetic, ...backend } = createWinograd('float64', float64)
    const kernels = { conv2d: { convolution: 'winograd', nonFinite: 'unspecified' } } as const
    const own = { ...backend, arithmetic: { float64: { ...plain.float64, kernels } } }
    const options = { layer: ['backend', 'conv2d'], runs: 8 }
    expect(failuresOf(await collect(runConformance(own, options)))).toEqual([])
    const only = ['backend/declaration']
    expect(failuresOf(await collect(runConformance(backend, { only })))).toHaveLength(1)
    expect(arithmetic?.float64?.convolution).toBe('winograd')
  })
})

describe('what one kernel leaves open', () => {
  it('is not claimed of that kernel and what it is a part of, and of nothing else', async () => {
    const backend = createHidingNaN({ kernels: { relu: { nonFinite: 'unspecified', deterministic: false } } })
    const report = await collect(runConformance(backend, { layer: ['relu', 'affine', 'affineRelu'], runs: 4 }))
    expect(failuresOf(report)).toEqual([])
    const open = report.checks
      .filter(({ status }) => status === 'unclaimed')
      .map(({ id }) => id.replace('/float32', ''))
    expect(open.sort()).toEqual([
      'affineRelu/composition',
      'affineRelu/many-calls',
      'affineRelu/repeats',
      'affineRelu/replays',
      'affineRelu/seen',
      'affineRelu/special-values',
      'affineRelu/stale',
      'affineRelu/stale-kernels',
      'relu/many-calls',
      'relu/repeats',
      'relu/scale',
      'relu/seen',
      'relu/special-values',
      'relu/stale-kernels',
    ])
    expect(unclaimedOf(report).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['it declares nothing of NaN and infinities in relu']),
    )
  })
})
