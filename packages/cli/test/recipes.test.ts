import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { Random, toDataset } from '@convkit/data'
import { layers as library, Sequential } from '@convkit/nn'
import { recipeNames, settingsOf } from 'convkit/training'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { loadConfig } from '../src/config/load.js'
import { loadRecipe } from '../src/recipes.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { lines } from './support/training.js'

const convkitUrl = new URL('../../convkit/src/index.ts', import.meta.url).href
const recipe = (body: string) => `import { defineRecipe, layers } from '${convkitUrl}'\nexport const recipe = ${body}\n`

const withoutFunctions = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, own) => (typeof own === 'function' ? 'a function' : own)))

let data: string
beforeAll(async () => {
  data = await photos(10, 8)
})
const run = (file: string, ...more: readonly string[]) =>
  convkit('train', '--recipe', file, '--data', data, '--image-size', '8', '--json', ...more)

describe('convkit recipes', () => {
  it('lists what comes along, and prints each as a file that loads', async () => {
    const { code, stdout } = await convkit('recipes')
    expect(code).toBe(0)
    const printed: { name: string; description: string }[] = JSON.parse((await convkit('recipes', '--json')).stdout)
    expect(printed.map(({ name }) => name)).toEqual(recipeNames)
    for (const { name, description } of printed) {
      expect(stdout).toMatch(new RegExp(`^${name} +${description.replaceAll(/[().]/g, '\\$&')}$`, 'm'))
      const text = (await convkit('recipes', name)).stdout
      const own = await folder({ 'own.ts': text.replace("'convkit'", `'${convkitUrl}'`) })
      const [a, b] = [await loadRecipe(name, '.'), await loadRecipe('./own.ts', own)]
      expect(withoutFunctions(b)).toEqual(withoutFunctions(a))
    }
    expect(await convkit('recipes', 'lenett')).toMatchObject({
      code: 2,
      stderr: 'convkit: recipes: there is no lenett; did you mean lenet?\n',
    })
  })

  it.each(recipeNames)('%s builds its network, of settings that pass', async (name) => {
    const { settings } = await loadConfig({ cwd: await folder(), env: {}, flags: { recipe: name } })
    const { description, layers, loss, ...own } = await loadRecipe(name, '.')
    expect(settings).toMatchObject(own)
    const images = new Random(2).normal(2 * 3 * 32 * 32, 60)
    const train = toDataset(
      { images: Float32Array.from(images), labels: new Int32Array(2), shape: [2, 3, 32, 32] },
      'set',
      7,
    )
    using model = await settings.model?.(
      createNaive(),
      { dtype: 'float32', seed: 1 },
      { input: [3, 32, 32], classes: 7, train },
    )
    const classes = own.targets === 'images' ? null : 7
    expect(model && { classes: model.numClasses, reg: model.reg }).toEqual(layers && { classes, reg: own.reg ?? 0 })
  })
})

describe('train --recipe', () => {
  const small = recipe(`defineRecipe({
    description: 'a test',
    layers: ({ classes }) => [layers.convReluPool({ filters: 4, kernel: 3, pad: 'same' }), layers.affine({ units: classes })],
    epochs: 2, batchSize: 6, optimizer: 'sgdMomentum', learningRate: 0.001, hyperparameters: { momentum: 0.5 }, test: 0,
  })`)

  it("trains a user's own, which a configuration file may name from its folder, and its model's file is taken", async () => {
    const home = await folder({ 'mine.ts': small, 'convkit.config.json': '{ "recipe": "./mine.ts" }' })
    const out = join(home, 'model.safetensors')
    const outcome = await run(join(home, 'mine.ts'), '--out', out)
    expect(outcome).toMatchObject({ code: 0 })
    expect(lines(outcome)[0]).toMatchObject({ model: 'sequential', iterations: 8, train: [27, 3, 8, 8] })
    const config = ['--config', join(home, 'convkit.config.json')]
    const again = await convkit('train', ...config, '--data', data, '--image-size', '8', '--json')
    expect(lines(again)).toEqual(lines(outcome).slice(0, -1))
    const evaluated = await convkit('evaluate', out, ...config, '--data', data, '--set', 'all', '--json')
    expect(evaluated).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ images: 30, model: 'sequential' })
  })

  it('lets flags win over it, and itself over a configuration file that does not name it', async () => {
    const home = await folder({ 'mine.ts': small, 'convkit.config.json': '{ "epochs": 9, "seed": 4 }' })
    const flags = { recipe: './mine.ts', batchSize: '3' }
    const { settings } = await loadConfig({ cwd: home, env: {}, flags })
    expect(settings).toMatchObject({ epochs: 2, batchSize: 3, seed: 4, optimizer: 'sgdMomentum' })
  })

  it('trains on all images where none validate', async () => {
    const home = await folder({ 'mine.ts': small })
    const outcome = await run(join(home, 'mine.ts'), '--validation', '0')
    expect(outcome).toMatchObject({ code: 0 })
    const [start, ...events] = lines(outcome)
    expect(start).toMatchObject({ train: [30, 3, 8, 8], validation: null })
    expect(events.at(-1)).toMatchObject({ type: 'done', best: null })
    expect(await run(join(home, 'mine.ts'), '--validation', '0', '--patience', '2')).toMatchObject({
      code: 2,
      stderr: 'convkit: --validation: expected images for --patience to go by, got 0\n',
    })
  })

  it('keeps the layers, the loss and the penalty of a recipe', async () => {
    const { model } = settingsOf({
      description: '',
      reg: 0.5,
      loss: 'svmLoss',
      layers: ({ input, classes }) => [library.affine({ units: classes * input.length })],
    })
    using built = await model?.(
      createNaive(),
      { dtype: 'float64', seed: 0 },
      { input: [1, 2, 2], classes: 2, train: null },
    )
    expect(built).toBeInstanceOf(Sequential)
    expect(built).toMatchObject({ reg: 0.5, numClasses: 6, dtype: 'float64', chance: { formula: '6 - 1' } })
  })

  it.each([
    ["{ description: 'x', epochz: 3 }", /recipe .*bad\.ts: epochz: unknown; did you mean epochs\?$/],
    ["{ description: 'x', epochs: 0 }", /recipe .*bad\.ts: epochs: expected a whole number from 1 to 1000000, got 0$/],
    ["{ description: 'x', checkpoint: 'a' }", /recipe .*bad\.ts: checkpoint: is for flags and the configuration file$/],
    [
      "{ description: 'x', layers: [] }",
      /bad\.ts: layers: expected a function \(\{ input, classes \}\) => \[\.\.\.\], got/,
    ],
    ['{ epochs: 3 }', /bad\.ts: description: expected a line of text, got/],
    ['7', /bad\.ts: expected `export const recipe = defineRecipe\(\{ \.\.\. \}\)`, got 7$/],
    ["{ description: 'x', layers: () => [layers.relu()] }", /the last layer must give scores/],
    ["{ description: 'x', hyperparameters: { momentun: 1 }, optimizer: 'sgdMomentum' }", /momentun/],
    ['(() => { throw new Error("oops") })()', /bad\.ts: could not be loaded: Error: oops$/],
  ])('says in one line what is wrong with %s', async (body, message) => {
    const home = await folder({ 'bad.ts': recipe(body) })
    const { code, stdout, stderr } = await run(join(home, 'bad.ts'))
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^convkit: [^\n]*\n$/),
    })
    expect(stderr.trimEnd()).toMatch(message)
  })

  it('says in one line that there is none of a name', async () => {
    expect(await run('resnet2')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^convkit: recipe: there is no resnet2; did you mean resnet20\? \(known: notebook, .*\n$/,
      ),
    })
    expect((await run('./none.ts')).stderr).toMatch(/^convkit: .*none\.ts: could not be loaded: [^\n]*\n$/)
    const text = await readFile(new URL('../../convkit/src/training/recipes/lenet.ts', import.meta.url), 'utf8')
    expect(text.split('\n').length).toBeLessThan(40)
  })
})
