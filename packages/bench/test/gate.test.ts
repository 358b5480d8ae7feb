import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mutantNamed } from '@convkit/mutants'
import { expect, test } from 'vitest'
import type { Peer } from '../src/peer.js'
import { unsupported } from '../src/runnable/runnable.js'
import { bench, tinyOf, workloads } from './tiny.js'

const entrants = [{ name: 'mutant', backend: 'mutant', dtype: 'float32' }] as const

const mutant = (name: string) => async () => mutantNamed(name).create()

test('a wrong kernel has no time, and fails the run', async () => {
  const { measurements, failures } = await bench({
    workloads: [tinyOf('W5')],
    entrants,
    load: mutant('affine/bias-once'),
  })
  expect(failures).toEqual([expect.stringMatching(/^W5 on mutant: affine: speed: y\[1,\d+\] is .* within/)])
  const rows = measurements.filter(({ contender }) => contender === 'mutant')
  expect(rows.map(({ status, milliseconds }) => [status, milliseconds])).toEqual(Array(2).fill(['wrong', []]))
})

test('a wrong product of matrices likewise, though only some rows of a large one are looked at', async () => {
  const workload = workloads.find(({ name }) => name === 'GEMM 500')
  if (!workload) throw new Error('no GEMM 500')
  const { failures } = await bench({
    workloads: [workload],
    entrants,
    load: mutant('affine/square-weights-transposed'),
  })
  expect(failures).toEqual([expect.stringMatching(/^GEMM 500 on mutant: /)])
})

test.each(['W7', 'LeNet'])('a wrong gradient is found in a step of %s', async (name) => {
  const load = mutant('affine/bias-once')
  const { failures, measurements } = await bench({ workloads: [tinyOf(name)], entrants, load })
  expect(failures).toHaveLength(1)
  expect(measurements.filter(({ contender, status }) => contender === 'mutant' && status === 'measured')).toEqual([])
})

test('what a backend has no kernel for is a row with that reason, and no failure', async () => {
  const load = async () => ({ ...(await mutant('affine/bias-once')()), kernels: { float32: {} } })
  const { measurements, failures } = await bench({ workloads: [tinyOf('W2')], entrants, load })
  expect(failures).toEqual([])
  const rows = measurements.filter(({ contender }) => contender === 'mutant')
  expect(rows.map(({ status }) => status)).toEqual(['unsupported', 'unsupported'])
  expect(rows[0]?.reason).toMatch(/^maxPool2d\.forward: backend .* has no float32 kernel/)
})

test('a kernel that throws fails the run, which goes on', async () => {
  const load = async () => {
    const backend = await mutant('affine/bias-once')()
    const fail = () => {
      throw new Error('out of order')
    }
    return {
      ...backend,
      kernels: { float32: { ...backend.kernels.float32, maxPool2d: { forward: fail, backward: fail } } },
    }
  }
  const { measurements, failures } = await bench({ workloads: [tinyOf('W2'), tinyOf('W1')], entrants, load })
  expect(failures).toEqual(['W2 on mutant: out of order'])
  expect(measurements.filter(({ contender }) => contender === 'mutant').map(({ status }) => status)).toEqual([
    'failed',
    'failed',
    'measured',
    'measured',
  ])
})

test('one that fails in the middle of its samples has no time either', async () => {
  const load = async () => {
    const { sync: _, ...backend } = await mutant('affine/bias-once')()
    let calls = 0
    // The read of one number is what a backend without `sync` is waited for by.
    const read: typeof backend.read = async (storage, into) => {
      if (into?.length === 1 && ++calls > 60) throw new Error('the device was lost')
      return backend.read(storage, into)
    }
    return { ...backend, read }
  }
  const { measurements, failures } = await bench({
    workloads: [tinyOf('W1')],
    entrants,
    load,
    budget: { warmUpMs: 0, samples: 40, enoughMs: 0, mostMs: 10_000 },
  })
  expect(failures).toEqual([expect.stringMatching(/^W1 on mutant: (forward|backward): the device was lost$/)])
  expect(measurements.filter(({ status }) => status === 'failed').length).toBeGreaterThan(0)
  expect(
    measurements.filter(({ contender }) => contender !== 'mutant').every(({ status }) => status === 'measured'),
  ).toBe(true)
})

test('a backend that cannot be had is named, with the reason', async () => {
  const load = async () => {
    throw new Error('backend mutant is not installed')
  }
  const { absent, failures } = await bench({ workloads: [], entrants, load })
  expect(absent).toEqual([{ name: 'mutant', reason: 'backend mutant is not installed' }])
  expect(failures).toEqual([])
})

test('a peer whose results are wrong gets no time', async () => {
  const peer: Peer = {
    name: 'wrong',
    description: '',
    prepare: async ({ dy }) => ({
      calls: { forward() {} },
      missing: { backward: unsupported('it has none') },
      sync: async () => {},
      results: async () => ({ y: { shape: dy ?? [], data: new Float64Array((dy ?? []).reduce((a, b) => a * b)) } }),
      [Symbol.dispose]() {},
    }),
  }
  const { measurements, failures } = await bench({ workloads: [tinyOf('W1')], peers: [peer] })
  expect(failures).toEqual([])
  const rows = measurements.filter(({ contender }) => contender === 'wrong')
  expect(rows.map(({ pass, status, milliseconds }) => [pass, status, milliseconds.length])).toEqual([
    ['forward', 'wrong', 0],
    ['backward', 'unsupported', 0],
  ])
  expect(rows[0]?.reason).toMatch(/^wrong: y is off by /)
})

test('a backend whose sync returns before the work is done has no time', async () => {
  const load = async (): Promise<Backend<Data>> => {
    const naive = createNaive()
    const { affine } = naive.kernels.float32 ?? {}
    if (!affine) throw new Error('naive has it')
    const waiting: (() => void)[] = []
    return {
      ...naive,
      kernels: {
        float32: {
          affine: {
            ...affine,
            forward(...args) {
              waiting.push(() => {
                for (let i = 0; i < 500; i++) affine.forward(...args)
              })
            },
          },
        },
      },
      read(storage, into) {
        for (const run of waiting.splice(0)) run()
        return naive.read(storage, into)
      },
      async sync() {},
    }
  }
  const { measurements, failures } = await bench({ workloads: [tinyOf('W5')], entrants, load })
  expect(failures).toEqual([expect.stringMatching(/^W5 on mutant: sync returns before the work is done: /)])
  const rows = measurements.filter(({ contender }) => contender === 'mutant')
  expect(rows.map(({ status, milliseconds }) => [status, milliseconds])).toEqual(Array(2).fill(['wrong', []]))
})
