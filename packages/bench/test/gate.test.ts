import { createNaive } from '@convkit/backend-naive'
import { allMutants } from '@convkit/conformance'
import { expect, test } from 'vitest'
import { baseline } from '../src/contender.js'
import type { Peer } from '../src/peers/peer.js'
import { runBench } from '../src/run.js'
import { tinyOf } from './tiny.js'

const effort = { rounds: 3, enough: 0, warmUp: 0 }
const naive = { name: baseline, backend: createNaive(), dtype: 'float64', threads: 1 } as const

function mutant(name: string) {
  const found = allMutants.find((mutant) => mutant.name === name)
  if (!found) throw new Error(`no mutant ${name}`)
  return { name, backend: found.create(), dtype: 'float32', threads: 1 } as const
}

test('a wrong kernel has no time, and fails the run', async () => {
  const wrong = mutant('affine/bias-once')
  const report = await runBench({
    command: '',
    workloads: [tinyOf('W5')],
    sizes: [],
    contenders: [naive, wrong],
    peers: [],
    effort,
  })
  expect(report.failures).toEqual([
    expect.stringMatching(/^W5 on affine\/bias-once: affine: speed: y\[1,\d+\] is .* within/),
  ])
  const rows = report.measurements.filter(({ contender }) => contender === wrong.name)
  expect(rows.map(({ reason, milliseconds }) => [reason, milliseconds])).toEqual(Array(3).fill(['wrong', []]))
})

test('a wrong product of matrices likewise, though only some of its rows are looked at', async () => {
  const wrong = mutant('affine/square-weights-transposed')
  const options = { command: '', workloads: [], contenders: [naive, wrong], peers: [], effort }
  const { failures } = await runBench({ ...options, sizes: [100] })
  expect(failures).toEqual([expect.stringMatching(/^GEMM 100 on affine\/square-weights-transposed: /)])
})

test('a wrong gradient is found in a step of training', async () => {
  const wrong = mutant('affine/bias-once')
  const options = { command: '', sizes: [], contenders: [naive, wrong], peers: [], effort }
  const { failures } = await runBench({ ...options, workloads: [tinyOf('W7')] })
  expect(failures).toHaveLength(1)
})

test('what a backend has no kernel for is a row with that reason, and no failure', async () => {
  const poor = { ...mutant('affine/bias-once'), name: 'poor' }
  const contenders = [naive, { ...poor, backend: { ...poor.backend, kernels: {} } }]
  const report = await runBench({ command: '', workloads: [tinyOf('W2')], sizes: [], contenders, peers: [], effort })
  expect(report.failures).toEqual([])
  const rows = report.measurements.filter(({ contender }) => contender === 'poor')
  expect(rows.map(({ reason }) => reason)).toEqual(Array(3).fill('it has no kernel'))
})

test('a peer whose results are wrong gets no time', async () => {
  const peer: Peer = {
    name: 'wrong',
    description: '',
    prepare: async ({ dy = [] }) => ({
      calls: { forward() {} },
      missing: { backward: 'it has none' },
      sync: async () => {},
      results: async () => ({ y: { shape: dy, data: new Float64Array(dy.reduce((a, b) => a * b)) } }),
      [Symbol.dispose]() {},
    }),
  }
  const options = { command: '', sizes: [], contenders: [naive], peers: [peer], effort }
  const { measurements, failures } = await runBench({ ...options, workloads: [tinyOf('W1')] })
  expect(failures).toEqual([])
  const rows = measurements.filter(({ contender }) => contender === 'wrong')
  expect(rows.map(({ pass, milliseconds }) => [pass, milliseconds.length])).toEqual([
    ['forward', 0],
    ['backward', 0],
  ])
  expect(rows[0]?.reason).toMatch(/^wrong: y is off by /)
  expect(rows[1]?.reason).toBe('it has none')
})
