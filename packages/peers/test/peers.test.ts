import { parseWorkload, runBench } from '@convkit/bench'
import { expect, test } from 'vitest'
import { createPeers } from '../src/index.js'

const conv = { stride: [1, 1], pad: [1, 1, 1, 1], dilation: [1, 1], groups: 1 }
const batchNorm = { mode: 'train', eps: 1e-5, momentum: 0.9 }
const files = [
  { layer: 'conv2d', attributes: conv, inputs: { x: [2, 3, 7, 7], w: [5, 3, 3, 3], b: [5] } },
  {
    layer: 'conv2d',
    attributes: { ...conv, stride: [2, 2], pad: [0, 1, 2, 1] },
    inputs: { x: [2, 3, 8, 7], w: [5, 3, 3, 3] },
  },
  {
    layer: 'maxPool2d',
    attributes: { kernel: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0] },
    inputs: { x: [2, 3, 8, 8] },
  },
  { layer: 'affine', inputs: { x: [2, 64], w: [64, 5], b: [5] } },
  {
    layer: 'batchNorm',
    attributes: batchNorm,
    inputs: { x: [2, 3, 4, 4], gamma: [3], beta: [3], runningMean: [3], runningVar: [3] },
  },
  { layer: 'relu', inputs: { x: [8] } },
]
const workloads = files.flatMap((file, i) =>
  parseWorkload(
    '',
    JSON.stringify({ kind: 'layer', name: String(i), title: 'one', group: 'notebook', peers: true, ...file }),
  ),
)

const noFilter = 'it has no kernel Conv2DBackpropFilter'
const notCompared = 'it is not compared in this layer'
const noGradients = (rows: readonly string[]) =>
  rows.map((row) => `${row} backward: it runs models and has no gradients`)

test('peers agree with the definition wherever they compute, and say why where they do not', async () => {
  const { peers, absent } = await createPeers({ patienceSeconds: 60 })
  expect(absent).toEqual([])
  const { measurements, failures } = await runBench({
    command: '',
    version: '',
    workloads,
    entrants: [],
    load: async () => {
      throw new Error('nobody enters')
    },
    peers,
    budget: { warmUpMs: 0, samples: 3, enoughMs: 0, mostMs: 0 },
  })
  expect(failures).toEqual([])
  const reasons = (name: string) =>
    measurements
      .filter(({ contender, reason }) => contender === name && reason !== null)
      .map(({ workload, pass, reason }) => `${workload} ${pass}: ${reason}`)
  expect(reasons('tfjs-wasm')).toEqual([
    `0 backward: ${noFilter}`,
    `1 backward: ${noFilter}`,
    // Where all of a window is negative, it takes another element for the maximum.
    expect.stringMatching(/^2 backward: wrong: dx is off by /),
    `5 forward: ${notCompared}`,
    `5 backward: ${notCompared}`,
  ])
  expect(reasons('tfjs-cpu')).toEqual([`5 forward: ${notCompared}`, `5 backward: ${notCompared}`])
  for (const name of ['onnxruntime-web', 'onnxruntime-node'])
    expect(reasons(name)).toEqual([
      ...noGradients(['0', '1', '2', '3', '4']),
      `5 forward: ${notCompared}`,
      ...noGradients(['5']),
    ])
})
