import { readFile } from 'node:fs/promises'
import { createNaive } from '@convkit/backend-naive'
import { type Dataset, Random } from '@convkit/data'
import type { Model } from '@convkit/nn'
import { parseLayers, Sequential, ThreeLayerConvNet } from '@convkit/nn'
import { expect, test } from 'vitest'
import { firstConfig, sequential, type TrainConfig, threeLayerConvNet } from '../src/train/config.js'
import { createModel, describeRecipes } from '../src/train/network.js'

const [n, classes] = [4, 10]
const input = [3, 32, 32] as const
const random = new Random(7)
// Pixels of 0..255 less their mean: images differ in brightness about as much as in what they show.
const images = Float32Array.from(
  Array.from({ length: n }, () => random.normal(1, 45)[0] ?? 0).flatMap((brightness) =>
    Array.from(random.normal(input[0] * input[1] * input[2], 45), (value) => brightness + value),
  ),
)

const train: Dataset = {
  images,
  labels: Int32Array.from({ length: n }, (_, i) => i % classes),
  shape: [n, ...input],
  classNames: Array.from({ length: classes }, String),
}

const page = (recipe: TrainConfig['recipe']) => () => createModel(createNaive(), { ...firstConfig, recipe }, train)

/** The first Sequential that a file shows: its layers are spelled in code, which `parseLayers` reads. */
function shown(path: string, own: (code: string) => string = (code) => code) {
  return async () => {
    const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
    const [, code = 'none'] = /\n +layers: \[\n([\s\S]*?)\n +\],\n/.exec(text) ?? []
    return new Sequential(createNaive(), { input, layers: parseLayers(own(code), classes) })
  }
}

test.each<[string, () => Model | Promise<Model>]>([
  ["the page's Sequential", page(sequential)],
  ["the page's ThreeLayerConvNet", page(threeLayerConvNet)],
  ...(await describeRecipes()).map(({ name }): [string, () => Promise<Model>] => [
    `the recipe ${name}`,
    page({ kind: 'named', name }),
  ]),
  ["train's ThreeLayerConvNet", () => new ThreeLayerConvNet(createNaive())],
  ["the notebook's, of 500 hidden units", () => new ThreeLayerConvNet(createNaive(), { hiddenDim: 500 })],
  ['README', shown('README.md')],
  ['the help of train', shown('packages/cli/src/commands/train.ts')],
  ['docs/own-layers.md', shown('docs/own-layers.md', (code) => code.replace('activationLayer(quickGelu)', 'gelu()'))],
])('%s begins within 0.3 of ln C', async (_, make) => {
  using model = await make()
  const y = model.scope.labels(train.labels, classes)
  const [loss = Number.NaN] = await model
    .loss(model.scope, model.scope.from(images, [n, ...input]), y, { grads: null })
    .loss.read()
  expect(Math.abs(loss - Math.log(classes))).toBeLessThan(0.3)
})
