import { type Conv2dOptions, conv2d, type FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { winograd } from '../src/layers/conv2d/winograd.js'
import { createMemory } from '../src/memory.js'
import { compileModules } from '../src/modules.js'
import { platform } from '../src/platform/node.js'
import { createRuntime } from '../src/runtime.js'
import { startThreads } from '../src/threads.js'
import { hasRelaxedSimd } from '../src/variant.js'
import { filled, isEqual, kernelsOf, make } from './support/backend.js'

type Shape = readonly [x: readonly number[], w: readonly number[], options: Conv2dOptions]

/** Small whole numbers: what the transforms make of them, products and sums included, is exact in float32 too. */
const whole = (seed: number) => (i: number) => ((i * 7 + seed) % 11) - 5
const any = (i: number) => Math.sin((i + 1) * 12.9898) + 0.1
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Both passes by Winograd's algorithm, whether it pays or not, on one thread. */
async function transformer(dtype: FloatDType, fma: boolean) {
  if (!hasRelaxedSimd()) platform.enableRelaxedSimd()
  const memory = createMemory({ shared: false, limitBytes: undefined, debug: true })
  const modules = await compileModules(fma ? 'fma' : 'simd', 'plain')
  const runtime = createRuntime(memory, await startThreads(memory.wasm, modules, 1), modules, dtype, true)

  return ([x, w, options]: Shape) => {
    const d = conv2d.dims(x, w, undefined, options)
    const y = [d.n, d.outC, d.outH, d.outW]
    const put = (shape: readonly number[], f: (i: number) => number) => {
      const storage = memory.alloc(sizeOf(shape), dtype)
      memory.view(storage).set(filled(dtype, sizeOf(shape), f))
      return storage
    }
    const inputs = [put(x, whole(1)), put(w, whole(2)), put([d.outC], whole(3)), put(y, whole(4))]
    const outputs = [put(y, () => Number.NaN), put(x, () => Number.NaN)]
    const [X, W, b, dy] = inputs
    const back = { ...d, inC: d.outC, inH: d.outH, inW: d.outW, outC: d.inC, outH: d.inH, outW: d.inW }
    const turned = { x: dy, w: W, b: null, y: outputs[1], turned: true }
    const finite = [
      winograd(runtime, d, { x: X, w: W, b, y: outputs[0] }),
      winograd(runtime, { ...back, padTop: 2 - d.padTop, padLeft: 2 - d.padLeft }, turned),
    ]
    memory.releaseScratch()
    memory.checkGuards()
    const got = outputs.map((storage) => Array.from(memory.view(storage)))
    for (const storage of [...inputs, ...outputs]) memory.free(storage)
    return { finite, got }
  }
}

function loops([x, w, options]: Shape): number[][] {
  const { conv2d: kernels } = createNaive().kernels.float64 ?? {}
  if (!kernels) throw new Error('naive has it')
  const d = conv2d.dims(x, w, undefined, options)
  const size = d.n * d.outC * d.outH * d.outW
  const [X, W, b, dy] = [sizeOf(x), sizeOf(w), d.outC, size].map((length, i) => filled('float64', length, whole(i + 1)))
  const [y, dx] = [new Float64Array(size), new Float64Array(sizeOf(x))]
  kernels.forward(d, X, W, b, y)
  kernels.backward(d, dy, X, W, dx, null, null)
  return [y, dx].map((list) => Array.from(list, (value) => value + 0))
}

describe.each([
  ['float32', true],
  ['float32', false],
  ['float64', true],
  ['float64', false],
] as const)('Winograd convolutions in %s (fma: %s)', (dtype, fma) => {
  it('are the plain loops for every height and width from 1 to 9 and every padding from 0 to 3', async () => {
    const transform = await transformer(dtype, fma)
    let count = 0
    for (let h = 1; h <= 9; h++)
      for (let w = 1; w <= 9; w++)
        for (let pad = 0; pad < 16; pad++) {
          const [top, left, bottom, right] = [pad % 4, pad >> 2, (pad + 1) % 4, ((pad >> 2) * 3 + 1) % 4]
          if (h + top + bottom < 3 || w + left + right < 3) continue
          const shape: Shape = [[2, 3, h, w], [5, 3, 3, 3], { pad: [top, left, bottom, right] }]
          const { finite, got } = transform(shape)
          expect(finite).toEqual([true, true])
          expect(
            got.map((list) => list.map((value) => value + 0)),
            JSON.stringify(shape),
          ).toEqual(loops(shape))
          count++
        }
    expect(count).toBeGreaterThan(1000)
  })

  it.each<Shape>([
    // More tiles than a block has; panels across images; groups; whole panels of filters and more.
    [[3, 17, 33, 30], [20, 17, 3, 3], { pad: 1 }],
    [[40, 5, 2, 3], [9, 5, 3, 3], { pad: 1 }],
    [[3, 12, 9, 8], [15, 4, 3, 3], { pad: 2, groups: 3 }],
    [[1, 200, 6, 7], [130, 200, 3, 3], { pad: 1 }],
  ])('are the plain loops for x %j, w %j, %j', async (...shape) => {
    const transform = await transformer(dtype, fma)
    const { got } = transform(shape)
    expect(got.map((list) => list.map((value) => value + 0))).toEqual(loops(shape))
  })
})

/** Of a size that pays. */
const shapes: readonly Shape[] = [
  [[6, 24, 15, 17], [33, 24, 3, 3], { pad: 1 }],
  [[1, 64, 32, 32], [48, 64, 3, 3], {}],
  [[19, 16, 4, 4], [16, 16, 3, 3], { pad: 1 }],
  [[2, 48, 12, 10], [40, 24, 3, 3], { pad: [0, 1, 2, 3], groups: 2 }],
]

interface Spoilt {
  readonly input: 'x' | 'w' | 'b' | 'dy'
  readonly value: number
}

async function results(dtype: FloatDType, options: { threads: number; winograd?: boolean }, spoilt?: Spoilt) {
  await using backend = await make({ ...options, debug: true })
  const kernels = kernelsOf(backend, dtype)
  const read = []
  for (const [x, w, attributes] of shapes) {
    const d = conv2d.dims(x, w, undefined, attributes)
    const y = [d.n, d.outC, d.outH, d.outW]
    const put = (shape: readonly number[], input?: Spoilt['input']) => {
      const storage = backend.alloc(sizeOf(shape), dtype)
      const at = Math.floor(sizeOf(shape) / 3)
      const value = (i: number) => (spoilt && spoilt.input === input && i === at ? spoilt.value : any(i))
      backend.write(storage, filled(dtype, sizeOf(shape), value))
      return storage
    }
    const [X, W, b, dy] = [put(x, 'x'), put(w, 'w'), put([d.outC], 'b'), put(y, 'dy')]
    const outputs = [y, y, x].map((shape) => put(shape))
    kernels.conv2d.forward(d, X, W, b, outputs[0])
    kernels.convRelu?.forward(d, X, W, b, outputs[1])
    kernels.conv2d.backward(d, dy, X, W, outputs[2], null, null)
    for (const output of outputs) read.push(await backend.read(output))
  }
  return read
}

describe.each(['float32', 'float64'] as const)('a backend with Winograd convolutions, in %s', (dtype) => {
  it('gives the same bits for every number of threads, and others than the direct ones', async () => {
    const [one, ...others] = await Promise.all([1, 2, 3].map((threads) => results(dtype, { threads, winograd: true })))
    for (const other of others)
      for (const [i, output] of other.entries()) expect(isEqual(output, one[i]), `output ${i}`).toBe(true)
    const direct = await results(dtype, { threads: 2 })
    for (const [i, output] of direct.entries()) expect(isEqual(output, one[i]), `output ${i}`).toBe(false)
  })

  it('rectifies in the sandwich what the layer gives', async () => {
    const read = await results(dtype, { threads: 1, winograd: true })
    for (let i = 0; i < read.length; i += 3) {
      const expected = read[i].map((value) => Math.max(value, 0))
      expect(isEqual(read[i + 1], expected), `shape ${i / 3}`).toBe(true)
    }
  })

  // Transforms would spread them over whole tiles.
  it.each<Spoilt>([
    { input: 'x', value: Number.NaN },
    { input: 'x', value: Number.POSITIVE_INFINITY },
    { input: 'w', value: Number.NEGATIVE_INFINITY },
    { input: 'dy', value: Number.NaN },
    { input: 'b', value: Number.POSITIVE_INFINITY },
  ])('computes directly what $input with $value in it reaches', async (spoilt) => {
    const transformed = await results(dtype, { threads: 2, winograd: true }, spoilt)
    const direct = await results(dtype, { threads: 2 }, spoilt)
    let spread = 0
    for (const [i, output] of transformed.entries()) {
      if (output.every(Number.isFinite)) continue
      spread++
      expect(isEqual(output, direct[i]), `output ${i}`).toBe(true)
    }
    expect(spread).toBeGreaterThanOrEqual(shapes.length)
  })

  it('is not fooled where only a transform overflows', async () => {
    const largest = dtype === 'float32' ? 2 ** 127 : 2 ** 1023
    for (const spoilt of [{ input: 'w', value: largest } as const, { input: 'x', value: largest } as const]) {
      const transformed = await results(dtype, { threads: 2, winograd: true }, spoilt)
      const direct = await results(dtype, { threads: 2 }, spoilt)
      for (const [i, output] of transformed.entries())
        expect(output.map(Number), `output ${i}`).toSatisfy((list: Float64Array) =>
          list.every((value, j) => Number.isFinite(value) === Number.isFinite(direct[i][j])),
        )
    }
  })
})

it('the option is said by description and arithmetic, and off by default', async () => {
  await using on = await make({ threads: 1, winograd: true })
  expect(on.description).toContain('fused multiply-add, Winograd convolutions, 1 thread')
  expect(on.arithmetic?.float32?.convolution).toBe('winograd')
  expect(on.arithmetic?.float64?.convolution).toBe('winograd')
  await using off = await make({ threads: 1 })
  expect(off.description).not.toContain('Winograd')
  expect(off.arithmetic?.float32?.convolution).toBe('direct')
})
