import { layers } from '@convkit/nn'
import { expect, test } from 'vitest'
import { dataOfLayer } from '../src/training/model.js'
import { parseWorkload } from '../src/workload/load.js'
import { bench } from './tiny.js'

const net = [
  layers.conv2d({ filters: 3, kernel: 2, bias: false, frozen: true, init: (shape) => new Float64Array(shape[0] * 4) }),
  layers.gelu(),
  layers.residual([layers.conv2d({ filters: 3, kernel: 3, pad: 1 }), layers.batchNorm()], {
    shortcut: [layers.conv2d({ filters: 3, kernel: 1, bias: false })],
  }),
  layers.maxPool2d({ kernel: 2 }),
  layers.affine({ units: 4, bias: false }),
  layers.scale({ factor: 0.25 }),
]

export const file = {
  kind: 'training',
  name: 'net',
  title: 'a net',
  group: 'training',
  batchSize: 4,
  heldBatchSize: 2,
  model: {
    sequential: {
      input: [1, 7, 7],
      layers: net.map(dataOfLayer),
      loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0.2 },
      reg: 0.01,
    },
  },
  optimizer: { name: 'nesterov', learningRate: 1e-5, momentum: 0.8, weightDecay: 0.01 },
}

test('a net with layers in layers, smoothed labels and a penalty passes the gate and is timed', async () => {
  const { failures, measurements } = await bench({ workloads: parseWorkload('net.json', JSON.stringify(file)) })
  expect(failures).toEqual([])
  expect(measurements.map(({ status }) => status)).toEqual(Array(8).fill('measured'))
})
