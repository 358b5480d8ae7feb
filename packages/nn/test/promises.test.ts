import { type Backend, type Data, QueueError, relu, Scope, withFallback } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test, vi } from 'vitest'

const naive = createNaive()
const table = naive.kernels.float32?.relu
if (!table) throw new Error('naive has it')
const { forward } = table

type Forward = typeof forward

/** Naive with another relu; the cast is what the types would forbid. */
const withRelu = (wrong: (...args: Parameters<Forward>) => unknown): Backend<Data> => ({
  ...naive,
  kernels: { float32: { ...naive.kernels.float32, relu: { ...table, forward: wrong as Forward } } },
})

const late = async (...args: Parameters<Forward>) => forward(...args)
const rejecting = async () => {
  throw new Error('the device is gone')
}
const says = 'kernel relu.forward returned a promise; kernels must queue and return nothing'

test.each([
  ['resolves', late],
  ['rejects', rejecting],
])('a kernel whose promise %s is an error that names it, and nothing is left unhandled', async (_, wrong) => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  using scope = new Scope(withRelu(wrong))
  const x = scope.from(Float32Array.of(1), [1])
  expect(() => relu.forward(scope, { x })).toThrow(new QueueError(says))
  await new Promise((resolve) => setTimeout(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

test('behind a fallback it is one too', () => {
  using scope = new Scope(withFallback(withRelu(late), naive))
  const x = scope.from(Float32Array.of(1), [1])
  expect(() => relu.forward(scope, { x })).toThrow(says)
})

test('what else must queue may not return a promise either', () => {
  const wrong = (members: object): Scope => new Scope({ ...naive, ...members })
  expect(() => wrong({ alloc: async () => new Float32Array(1) }).alloc([1], 'float32')).toThrow(
    'alloc returned a promise; it must return the storage at once',
  )
  expect(() => wrong({ write: async () => {} }).from(Float32Array.of(1), [1])).toThrow('write returned a promise')
  const scope = wrong({ free: async () => {} })
  scope.alloc([1], 'float32')
  expect(() => scope[Symbol.dispose]()).toThrow('free returned a promise')
})

test('the types say so, and take any function that returns nothing', () => {
  const kernels: Backend<Data>['kernels'] = {
    float32: {
      // @ts-expect-error: a promise is not nothing
      relu: { forward: late, backward: table.backward },
      sgd: { update: (d, s, g, w) => w.set(g.subarray(0, d.size * s.learningRate)) },
    },
  }
  expect(kernels.float32).toBeDefined()
})
