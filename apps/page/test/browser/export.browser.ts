import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encodeImage, loadCifar10 } from '@convkit/datasets'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { button, save, until } from './training.js'
import { visit } from './visit.js'

const command = fileURLToPath(new URL('../../node_modules/@convkit/cli/bin/convkit.js', import.meta.url))
const values = 3 * 32 * 32
/** Test images that the page shows. */
const shown = 24

let folder: string
let pixels: Float32Array
let classNames: readonly string[]
let files: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convkit-page-'))
  const { test, ...data } = await loadCifar10({ train: 4000, validation: 500, test: 500, subtractMean: false })
  classNames = data.classNames
  pixels = test.images.subarray(0, shown * values)
  files = Array.from({ length: shown }, (_, n) => join(folder, `${n}.png`))
  for (const [n, file] of files.entries()) {
    const image = { data: pixels.subarray(n * values, (n + 1) * values), shape: [3, 32, 32] }
    await writeFile(file, await encodeImage(image, 'png'))
  }
})
afterAll(() => rm(folder, { recursive: true }))

interface Prediction {
  readonly name: string
  /** Of 0..1. */
  readonly probability: number
}

/** What the page takes its test images for. */
async function shownBy(page: Page): Promise<Prediction[]> {
  const labels = await page.locator('.predictions button').evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel))
  return labels.map((label) => {
    const [, name = '', percent] = /taken for (\w+) with (\d+) %/.exec(label ?? '') ?? []
    return { name, probability: Number(percent) / 100 }
  })
}

/** What `convkit predict` takes them for, as picture files. */
async function predictedBy(model: Buffer): Promise<Prediction[]> {
  const path = join(folder, 'model.safetensors')
  await writeFile(path, model)
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'predict', path, ...files, '--json'])
  const predictions: readonly { readonly classes: readonly Prediction[] }[] = JSON.parse(stdout)
  return predictions.flatMap(({ classes }) => classes.slice(0, 1))
}

/** What ONNX Runtime takes their pixels for. */
async function inferredFrom(model: Buffer): Promise<Prediction[]> {
  const session = await InferenceSession.create(model)
  const { scores } = await session.run({ images: new Tensor('float32', pixels, [shown, 3, 32, 32]) })
  if (!scores) throw new Error('the model has no scores')
  return Array.from({ length: shown }, (_, n) => {
    const row = Array.from((scores.data as Float32Array).subarray(n * 10, (n + 1) * 10))
    const best = Math.max(...row)
    const sum = row.reduce((total, score) => total + Math.exp(score - best), 0)
    return { name: classNames[row.indexOf(best)] ?? '', probability: 1 / sum }
  })
}

const names = (predictions: readonly Prediction[]) => predictions.map(({ name }) => name)

function apart(a: readonly Prediction[], b: readonly Prediction[]): number {
  return Math.max(...a.map(({ probability }, n) => Math.abs(probability - (b[n]?.probability ?? Number.NaN))))
}

describe('a model from the page', () => {
  it.each(['ThreeLayerConvNet', 'Sequential'])(
    '%s: predicts the same in the page, in `convkit predict` and in ONNX Runtime',
    async (kind) => {
      await using here = await visit()
      const { page } = here
      await page.getByText('Network, data and training').click()
      await page.getByLabel('Recipe').selectOption({ label: kind })
      await button(page, 'Start training').click()
      await until(page, 60)
      await button(page, 'Pause').click()
      await page.getByText('Paused.').waitFor()
      const inPage = await shownBy(page)
      expect(new Set(names(inPage)).size).toBeGreaterThan(2)

      const saved = await save(page, 'Download safetensors')
      const predicted = await predictedBy(saved)
      const inferred = await inferredFrom(await save(page, 'Download ONNX'))
      expect(names(predicted)).toEqual(names(inPage))
      expect(names(inferred)).toEqual(names(inPage))
      expect(apart(predicted, inferred)).toBeLessThan(1e-5)
      // The page rounds to a whole percent.
      expect(apart(predicted, inPage)).toBeLessThan(0.00501)

      await page.reload()
      await page.getByText('Network, data and training').click()
      const model = { name: 'model.safetensors', mimeType: 'application/octet-stream', buffer: saved }
      await page.getByLabel('A saved model').setInputFiles(model)
      await page.getByText('Paused.').waitFor()
      expect(await shownBy(page)).toEqual(inPage)
      expect(here.said).toEqual([])
    },
  )
})
