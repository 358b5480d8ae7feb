import { beforeAll, describe, expect, it } from 'vitest'
import { renderPage } from '../../src/notebook/page.js'
import { count, figuresJson, type Report } from '../../src/notebook/report.js'
import type { Ran } from '../../src/notebook/section.js'
import { createNotebook, runAll, sectionIds } from './support/notebook.js'

let report: Report
let ran: ReadonlyMap<string, Ran>
const warnings: string[] = []

const run = { backend: 'naive', description: 'plain', dtype: 'float32', seed: 231, length: 'full' } as const
const without = (...ids: readonly string[]) => sectionIds.filter((id) => !ids.includes(id))

beforeAll(async () => {
  const finished = await runAll(createNotebook({ onWarning: (warning) => warnings.push(warning) }), sectionIds)
  report = { run, sections: finished }
  ran = new Map(finished.map((section) => [section.id, section]))
})

const figure = (id: string, name: string) => ran.get(id)?.figures.find((one) => one.name.startsWith(name))?.value

describe('on naive', () => {
  it('tells what a training does not show, and nothing of a usual run', async () => {
    expect(warnings).toEqual([])
    const { data, ...notebook } = createNotebook({ length: 'quick', onWarning: (warning) => told.push(warning) })
    const told: string[] = []
    const validation = { ...data.validation, labels: data.validation.labels.map((label) => label % 9) }
    await runAll({ ...notebook, data: { ...data, validation } }, ['overfit', 'epoch'])
    expect(told).toEqual(['the validation set has no row of 1 of 10 classes: dark'])
  })

  it('every section passes but the ones that count images: there are too few', () => {
    const failed = report.sections.filter((section) => count([section]).failed > 0).map(({ id }) => id)
    expect(failed).toEqual(['data'])
  })

  it('the printed arrays are reproduced', () => {
    expect(figure('conv-forward', 'y')).toBeCloseTo(2.2121476417505994e-8, 15)
    expect(figure('max-pool', 'y')).toBeCloseTo(4.1666665157267834e-8, 15)
  })

  it('gradients are right to the notebook’s own orders', () => {
    for (const name of ['dx', 'dw', 'db']) expect(figure('conv-backward', name)).toBeLessThanOrEqual(1e-8)
    expect(figure('max-pool', 'dx')).toBeLessThanOrEqual(1e-11)
    for (const name of ['W1', 'W2', 'W3', 'b1', 'b2', 'b3'])
      expect(figure('model-gradients', `away from corners, ${name}`)).toBeLessThanOrEqual(1e-5)
  })

  it('the epoch takes every training image in batches of 50', () => {
    expect(figure('epoch', 'iterations')).toBe(10)
    expect(ran.get('epoch')?.tables?.[0]?.rows.map(({ header }) => header)).toEqual([
      'after epoch 0',
      'iteration 1 / 10',
      'after epoch 1',
    ])
  })

  // Seed 2 has a runner-up of a pooling window within a step, seed -7 a gradient of the size of the rounding.
  it.each([2, -7])('the gradients of the network with seed %i too', { timeout: 30_000 }, async (seed) => {
    expect(count(await runAll(createNotebook({ seed }), ['model-gradients'])).failed).toBe(0)
  })

  it('another seed passes too', async () => {
    const asked = ['conv-backward', 'max-pool', 'sandwiches', 'spatial-batch-norm']
    expect(count(await runAll(createNotebook({ seed: 5 }), asked)).failed).toBe(0)
  })
})

describe('lengths', () => {
  it.each(['quick', 'usual'] as const)('a %s run leaves the epoch out, with an estimate', async (length) => {
    const notebook = createNotebook({ length })
    const [fast, epoch, filters] = await runAll(notebook, ['fast-layers', 'epoch', 'filters'])
    expect([fast?.skipped, epoch?.skipped, filters?.skipped]).not.toContain(undefined)
    expect(epoch?.figures[0]).toMatchObject({ measured: 's', check: null })
    expect(epoch?.figures[0]?.value).toBeGreaterThan(0)
  })
})

describe('figures.json', () => {
  it('holds every figure in full precision, and what the clock measured apart', () => {
    const json = JSON.parse(figuresJson(report))
    expect(json).toMatchObject({ ...run, ...count(report.sections) })
    expect(json.sections.map(({ id }: { id: string }) => id)).toEqual(sectionIds)
    for (const section of json.sections) {
      expect(section).toEqual({
        id: expect.any(String),
        title: expect.any(String),
        skipped: section.id === 'fast-layers' ? expect.any(String) : null,
        error: null,
        figures: expect.any(Array),
        tables: expect.any(Array),
        charts: expect.any(Array),
      })
      for (const one of section.figures) {
        expect(one.check).toEqual({ description: expect.any(String), passed: expect.any(Boolean) })
        expect(ran.get(section.id)?.figures).toContainEqual(one)
      }
    }
    const [overfit] = json.times.filter(({ id }: { id: string }) => id === 'overfit')
    expect(overfit.measured).toEqual([
      { name: 'median iteration of 50 images', value: expect.any(Number), unit: 's', printed: null },
    ])
  })

  it('is the same, bit for bit, in a second run, times apart', async () => {
    const asked = without('fast-layers', 'sanity-loss', 'model-gradients')
    const second = await runAll(createNotebook(), asked)
    const first = report.sections.filter(({ id }) => asked.includes(id))
    const timeless = (finished: readonly Ran[]) => ({
      ...JSON.parse(figuresJson({ run, sections: finished })),
      times: null,
    })
    expect(timeless(second)).toEqual(timeless(first))
  })

  it('spells out numbers that JSON does not have', () => {
    const [section] = report.sections
    if (!section) throw new Error('no section')
    const figures = [{ name: 'error', value: Number.NaN, printed: null, check: { description: '', passed: false } }]
    expect(figuresJson({ run, sections: [{ ...section, figures }] })).toContain('"value": "NaN"')
  })
})

describe('the page', () => {
  it('shows every section with its figures, checks and outcome', () => {
    const page = renderPage(report)
    for (const section of report.sections) {
      expect(page).toContain(`<section id="${section.id}"`)
      for (const { name } of section.figures) expect(page).toContain(name)
    }
    expect(page).toContain('2.2121e-8')
    expect(page.match(/✗ failed/g)?.length).toBe(1 + 6)
  })

  it('needs nothing else: no script, no request', () => {
    const page = renderPage(report)
    expect(page).not.toMatch(/<script|<link|url\(|@import/)
    for (const [, source] of page.matchAll(/ src="([^"]*)/g)) expect(source).toMatch(/^data:image\/png;base64,/)
  })

  it('describes every picture, and heads every column', () => {
    const page = renderPage(report)
    const pictures = page.match(/<img [^>]*>/g) ?? []
    expect(pictures.length).toBe(10 + 3 + 1)
    for (const picture of pictures) expect(picture).toMatch(/alt="[^"]{5,}"/)
    for (const svg of page.match(/<svg [^>]*>/g) ?? []) expect(svg).toMatch(/role="img".*|aria-label="[^"]{20,}"/)
    for (const head of page.match(/<th[ >][^>]*>?/g) ?? []) expect(head).toMatch(/scope="(col|row)"/)
  })

  it('gives each anchor once', () => {
    const ids = [...renderPage(report).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
