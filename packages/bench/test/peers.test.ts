import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { baseline } from '../src/contender.js'
import { createOnnxruntime } from '../src/peers/onnxruntime.js'
import { createTfjs } from '../src/peers/tfjs.js'
import { runBench } from '../src/run.js'
import { tiny, workloads } from './tiny.js'

test('peers agree with the definition wherever they compute, and say why where they do not', async () => {
  const peers = [await createTfjs('wasm'), await createTfjs('cpu'), await createOnnxruntime()]
  const { measurements } = await runBench({
    command: '',
    workloads: workloads.filter(({ kind }) => kind === 'layer').map(tiny),
    sizes: [],
    contenders: [{ name: baseline, backend: createNaive(), dtype: 'float64', threads: 1 }],
    peers,
    effort: { rounds: 3, enough: 0, warmUp: 0 },
  })
  const reasons = measurements.flatMap(({ contender, workload, pass, reason }) =>
    reason === null ? [] : [`${contender}: ${workload} ${pass}: ${reason}`],
  )
  const lacking = ['W1', 'W3', 'W4'].map((workload) => `${workload} backward: it has no kernel Conv2DBackpropFilter`)
  expect(reasons.filter((reason) => !reason.startsWith('onnxruntime'))).toEqual([
    `tfjs-wasm: ${lacking[0]}`,
    // Where all of a window is negative, it takes another element for the maximum.
    expect.stringMatching(/^tfjs-wasm: W2 backward: wrong: dx is off by /),
    `tfjs-wasm: ${lacking[1]}`,
    `tfjs-wasm: ${lacking[2]}`,
  ])
  const counted = (name: string) =>
    measurements.filter(({ contender, reason }) => contender === name && reason === null).length
  expect(peers.map(({ name }) => counted(name))).toEqual([8, 12, 6])
}, 60_000)
