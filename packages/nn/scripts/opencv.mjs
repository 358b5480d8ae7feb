// Holds exported models against OpenCV's reader: each kind of layer, to 1e-5 of the largest score. It wants a Python
// with OpenCV, 4.6 or newer: apt-get install python3-opencv.
// node scripts/opencv.mjs [python]
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { layers, Sequential, ThreeLayerConvNet } from '../dist/index.js'
import { exportOnnx } from '../dist/onnx/index.js'

const input = [4, 9, 8]
const cases = {
  affine: [],
  'affine without bias': [layers.affine({ units: 5, bias: false })],
  affineRelu: [layers.affineRelu({ units: 5 })],
  'conv2d, strides, pads and groups': [
    layers.conv2d({ filters: 8, kernel: [3, 2], stride: [1, 2], pad: [1, 0, 2, 1], groups: 2 }),
  ],
  'conv2d, dilated, without bias': [layers.conv2d({ filters: 8, kernel: 3, pad: 'same', dilation: 2, bias: false })],
  relu: [layers.relu()],
  maxPool2d: [layers.maxPool2d({ kernel: 2, stride: 1 })],
  'maxPool2d, padded': [layers.maxPool2d({ kernel: 3, stride: 2, pad: [1, 1, 1, 2] })],
  avgPool2d: [layers.avgPool2d({ kernel: 2, stride: 1 })],
  'avgPool2d, padding counted': [layers.avgPool2d({ kernel: 3, stride: 2, pad: [1, 1, 1, 2] })],
  'avgPool2d, padding not counted': [
    layers.avgPool2d({ kernel: 3, stride: 2, pad: [1, 1, 1, 2], countIncludePad: false }),
  ],
  batchNorm: [layers.batchNorm()],
  'batchNorm of vectors': [layers.affine({ units: 6 }), layers.batchNorm()],
  groupNorm: [layers.groupNorm({ groups: 2 })],
  'groupNorm of vectors': [layers.affine({ units: 6 }), layers.groupNorm({ groups: 2 })],
  layerNorm: [layers.layerNorm()],
  'layerNorm of vectors': [layers.affine({ units: 6 }), layers.layerNorm()],
  dropout: [layers.dropout({ p: 0.5 })],
  convBnReluPool: [layers.convBnReluPool({ filters: 5, kernel: 3, pad: 'same', pool: { kernel: 2, stride: 1 } })],
}

const random = new Random(231)
const normal = (length, scale = 1) => Float32Array.from(random.normal(length, scale))
const folder = await mkdtemp(join(tmpdir(), 'convkit-opencv-'))
try {
  const backend = createNaive()
  for (const [name, before] of Object.entries(cases))
    await save(name, new Sequential(backend, { input, layers: [...before, layers.affine({ units: 3 })] }))
  const options = { inputDim: input, numFilters: 4, filterSize: 3, hiddenDim: 10 }
  await save('ThreeLayerConvNet', new ThreeLayerConvNet(backend, options))
  const script = fileURLToPath(new URL('opencv.py', import.meta.url))
  const { status, error } = spawnSync(process.argv[2] ?? 'python3', [script, folder], { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
} finally {
  await rm(folder, { recursive: true })
}

/** A model with the mean image in its graph, for any batch and for one of 2. */
async function save(name, model) {
  const size = input.reduce((a, b) => a * b, 1)
  for (const { name, tensor } of [...model.params, ...model.buffers]) {
    const values = normal(tensor.size, 0.3)
    tensor.write(values.map((value) => (/runningVar|gamma/.test(name) ? 1 + value * value : value)))
  }
  const meanImage = { dtype: 'float32', shape: input, data: normal(size) }
  const images = normal(2 * size)
  const centred = images.map((value, i) => value - meanImage.data[i % size])
  const scores = await model.scores(model.scope, model.scope.from(centred, [2, ...input])).read()
  for (const batch of ['batch', 2]) {
    const path = join(folder, `${name}, batch ${batch}`)
    await writeFile(`${path}.onnx`, await exportOnnx(model, { batch, meanImage }))
    await writeFile(`${path}.json`, JSON.stringify({ shape: [2, ...input], images: [...images], scores: [...scores] }))
  }
}
