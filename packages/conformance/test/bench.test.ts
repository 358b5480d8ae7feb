import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { prepare } from '../src/bench/calls.js'
import { reluSpec } from '../src/layers/relu.js'

test('each timed call ends a step, so that a backend that records leaves none out', () => {
  const log: string[] = []
  const naive = createNaive()
  const relus = naive.kernels.float32?.relu
  if (!relus) throw new Error('naive has no relu')
  const backend = {
    ...naive,
    mark: () => void log.push('mark'),
    kernels: {
      float32: {
        relu: {
          forward: (...args: Parameters<typeof relus.forward>) => {
            log.push('forward')
            relus.forward(...args)
          },
          backward: relus.backward.bind(relus),
        },
      },
    },
  }
  const c = { layer: 'relu', attrs: {}, inputs: { x: { shape: [2], data: Float64Array.of(-1, 1) } } }
  using calls = prepare(reluSpec, backend, 'float32', c)
  log.length = 0
  for (let i = 0; i < 3; i++) calls.forward()
  expect(log).toEqual(['forward', 'mark', 'forward', 'mark', 'forward', 'mark'])
})
