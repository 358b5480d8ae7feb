import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { baseline, type Contender } from '../src/contender.js'
import { runBench } from '../src/run.js'
import { parseWorkload } from '../src/workload.js'
import { tiny, workloads } from './tiny.js'

const naive: Contender[] = [
  { name: baseline, backend: createNaive(), dtype: 'float64', threads: 1 },
  { name: 'naive float32', backend: createNaive(), dtype: 'float32', threads: 1 },
]
const effort = { rounds: 3, enough: 0, warmUp: 0 }

test('no two workloads have one name', () => {
  const names = workloads.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(0)
  expect(new Set(names).size).toBe(names.length)
})

test.each(workloads)('$name passes the gate and is timed in every pass', async (workload) => {
  const options = { command: '', workloads: [tiny(workload)], sizes: [], contenders: naive, peers: [], effort }
  const { measurements, failures } = await runBench(options)
  expect(failures).toEqual([])
  expect(measurements.map(({ contender, pass }) => `${contender} ${pass}`).sort()).toEqual(
    (workload.kind === 'training' ? ['step'] : ['backward', 'both', 'forward'])
      .flatMap((pass) => naive.map(({ name }) => `${name} ${pass}`))
      .sort(),
  )
  for (const { milliseconds, cost } of measurements) {
    expect(milliseconds).toHaveLength(3)
    expect(cost.flops).toBeGreaterThan(0)
  }
})

test('a file that is not a workload is named with what is wrong in it', () => {
  const text = JSON.stringify({
    kind: 'layer',
    name: 'W9',
    title: 'x',
    layer: 'affine',
    attributes: {},
    inputs: { x: [0] },
  })
  expect(() => parseWorkload('w9.json', text)).toThrow(
    /workload w9\.json: .*expected number to be >=1.*inputs\.x\[0\]/s,
  )
})
