import { ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { type ConformanceOptions, collect, gradientSlopes, runConformance } from '../../src/index.js'
import { runIsolated } from '../../src/node/index.js'

const conformance = (options: object) => collect(runConformance(createNaive, options))
const isolated = (options: object) => collect(runIsolated({ package: 'nothing' } as never, options))
const slopes = (options: object) => gradientSlopes(createNaive(), 'relu', options).next()

describe('options', () => {
  it.each([
    ['runConformance', conformance, { run: 3 }, 'runs'],
    ['runConformance', conformance, { onyl: ['relu'] }, 'only'],
    ['runIsolated', isolated, { timelimit: 3 }, 'timeLimit'],
    ['runIsolated', isolated, { fixture: 'x' }, 'fixtures'],
    ['gradientSlopes', slopes, { dtypes: 'float32' }, 'dtype'],
  ])('%s refuses a name that it does not know, with the one that was meant', async (name, run, options, meant) => {
    const wrong = Object.keys(options)[0]
    await expect(run(options)).rejects.toThrow(`${name}: there is no option ${wrong}; did you mean ${meant}? (known: `)
    await expect(run(options)).rejects.toBeInstanceOf(ConfigError)
  })

  it.each<readonly [{ readonly [K in keyof ConformanceOptions]: unknown }, string]>([
    [{ runs: 0 }, 'runs must be a whole number of at least 1, got 0'],
    [{ runs: Number.NaN }, 'runs must be a whole number of at least 1, got NaN'],
    [{ timeLimit: -5 }, 'timeLimit must be a whole number of at least 1, got -5'],
    [{ seed: 1.5 }, 'seed must be a whole number from'],
    [{ only: 'relu' }, 'only must be an array, got relu'],
    [{ dtype: 'float16' }, 'dtype must be float32 or float64, got float16'],
  ])('%j are out of range', async (options, message) => {
    await expect(conformance(options)).rejects.toThrow(`runConformance: ${message}`)
  })

  it('that are undefined are as good as left out', async () => {
    const report = await conformance({ only: ['relu/forward/float32'], runs: undefined, layer: undefined })
    expect(report).toMatchObject({ runs: 40, checks: [{ status: 'passed' }] })
  })
})
