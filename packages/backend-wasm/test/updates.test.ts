import type { FloatDType, Kernels, UpdateName } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import type { Storage } from '../src/index.js'
import { filled, isEqual, kernelsOf, make } from './support/backend.js'

const leastNormal = { float32: 2 ** -126, float64: 2 ** -1022 }
const dtypes: readonly FloatDType[] = ['float32', 'float64']

interface State {
  readonly g: Storage
  readonly m: Storage
  readonly v: Storage
  readonly w: Storage
}

type Step = (kernels: Kernels<Storage>, size: number, step: number, state: State) => void

const betas = { learningRate: 1e-3, beta1: 0.5, beta2: 0.75, epsilon: 1e-8 }
const steps: { readonly [U in UpdateName]: Step } = {
  sgd: ({ sgd }, size, _, { g, w }) => sgd.update({ size }, { learningRate: 0.1 }, g, w),
  sgdMomentum: ({ sgdMomentum }, size, _, { g, m, w }) =>
    sgdMomentum.update({ size }, { learningRate: 0.1, momentum: 0.5 }, g, m, w),
  nesterov: ({ nesterov }, size, _, { g, m, w }) =>
    nesterov.update({ size }, { learningRate: 0.1, momentum: 0.5, weightDecay: 0.01 }, g, m, w),
  rmsprop: ({ rmsprop }, size, _, { g, v, w }) =>
    rmsprop.update({ size }, { learningRate: 0.1, decayRate: 0.75, epsilon: 1e-8 }, g, v, w),
  adam: ({ adam }, size, step, { g, m, v, w }) => adam.update({ size }, { ...betas, step }, g, m, v, w),
  adamw: ({ adamw }, size, step, { g, m, v, w }) =>
    adamw.update({ size }, { ...betas, step, weightDecay: 0.01 }, g, m, v, w),
}

describe.each(dtypes)('optimizer state in %s', (dtype) => {
  const least = leastNormal[dtype]
  const gradients: readonly [string, number][] = [
    ['no gradient', 0],
    ['a gradient with a subnormal square', Math.sqrt(least) / 8],
    ['a gradient next to subnormal', 1.5 * least],
    ['a subnormal gradient', least / 8],
  ]

  it.each(gradients)('never sinks below the smallest normal number but to 0: %s', async (_, gradient) => {
    await using backend = await make({ threads: 1 })
    const size = 37
    const store = (f: (i: number) => number) => {
      const storage = backend.alloc(size, dtype)
      backend.write(storage, filled(dtype, size, f))
      return storage
    }
    for (const name of ['sgdMomentum', 'rmsprop', 'adam', 'adamw'] as const) {
      const state = {
        g: store((i) => (i % 2 === 0 ? gradient : -gradient)),
        m: store((i) => (i - 18) / 7),
        v: store((i) => i / 7),
        w: store(Math.cos),
      }
      for (let step = 1; step <= 3000; step++) {
        steps[name](kernelsOf(backend, dtype), size, step, state)
        if (step % 10 !== 0) continue
        for (const slot of [state.m, state.v])
          for (const value of await backend.read(slot)) expect(value === 0 || Math.abs(value) >= least).toBe(true)
      }
    }
  })

  // Arithmetic on subnormal numbers is several times slower. With these betas all of it is exact.
  it.each([
    ['a square that would be subnormal adds nothing to v', Math.sqrt(least), 'v', 3 * least],
    ['the least normal square does', 2 * Math.sqrt(least), 'v', 4 * least],
    ['a share that would be subnormal adds nothing to m', least, 'm', 2 * least],
    ['the least normal share does', 2 * least, 'm', 3 * least],
  ] as const)('makes no intermediate result that is subnormal: %s', async (_, gradient, slot, expected) => {
    await using backend = await make({ threads: 1 })
    const size = 37
    const store = (value: number) => {
      const storage = backend.alloc(size, dtype)
      backend.write(
        storage,
        filled(dtype, size, () => value),
      )
      return storage
    }
    // RMSProp has no m.
    for (const name of slot === 'v' ? (['rmsprop', 'adam', 'adamw'] as const) : (['adam', 'adamw'] as const)) {
      const state = { g: store(gradient), m: store(4 * least), v: store(4 * least), w: store(1) }
      steps[name](kernelsOf(backend, dtype), size, 1, state)
      expect([...(await backend.read(state[slot]))], name).toEqual(Array(size).fill(expected))
    }
  })

  it.each(Object.keys(steps) as UpdateName[])('has the same bits for every number of threads: %s', async (name) => {
    const size = 70_003
    const runs = [1, 2, 3].map(async (threads) => {
      await using backend = await make({ threads })
      const store = (f: (i: number) => number) => {
        const storage = backend.alloc(size, dtype)
        backend.write(storage, filled(dtype, size, f))
        return storage
      }
      const state = { g: store(Math.sin), m: store(Math.cos), v: store((i) => i % 11), w: store((i) => i % 7) }
      for (let step = 1; step <= 3; step++) steps[name](kernelsOf(backend, dtype), size, step, state)
      return await Promise.all([state.m, state.v, state.w].map((storage) => backend.read(storage)))
    })
    const [one, ...others] = await Promise.all(runs)
    for (const other of others) for (const i of [0, 1, 2]) expect(isEqual(other[i], one[i])).toBe(true)
  })
})
