import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { drawChart } from '../../src/charts/chart.js'
import { formatSeconds, formatValue } from '../../src/charts/format.js'
import { atLeast, atMost, reproduces, sameShape, within } from '../../src/notebook/figure.js'
import { poolDistance, reluDistance } from '../../src/notebook/kinks.js'
import { linspace } from '../../src/notebook/operand.js'
import { statistics } from '../../src/notebook/sections/spatialBatchNorm.js'

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
const seed = 20

describe('charts', () => {
  const points = fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 80 })

  it('are SVG without NaN, one line and one label a series', () => {
    fc.assert(
      fc.property(points, points, (first, second) => {
        const series = [
          { name: 'training', points: first },
          { name: 'validation', points: second },
        ]
        const svg = drawChart({ title: '', alt: 'what it shows', x: 'epoch', y: 'accuracy', series })
        const { document } = parseHTML(`<html><body>${svg}</body></html>`)
        expect(svg).not.toMatch(/NaN|undefined|Infinity/)
        expect(document.querySelectorAll('svg [aria-label=line] path').length).toBe(2)
        expect(svg).toMatch(/>training<.*>validation</)
        expect(document.querySelector('svg')?.getAttribute('aria-label')).toBe('what it shows')
      }),
      { seed, numRuns: 20 },
    )
  })
})

describe('checks', () => {
  it('never pass a NaN', () => {
    const figures = [
      atMost('', Number.NaN, 1),
      atLeast('', Number.NaN, 1),
      within('', Number.NaN, 1, 0, ''),
      reproduces('', Number.NaN, 1),
      sameShape('', [Number.NaN], [Number.NaN]),
    ]
    expect(figures.map(({ check }) => check?.passed)).toEqual(figures.map(() => false))
  })

  it('compare shapes axis by axis', () => {
    expect(sameShape('', [2, 3], [2, 3]).check?.passed).toBe(true)
    expect(sameShape('', [2, 3], [2, 3, 1]).check?.passed).toBe(false)
    expect(sameShape('', [3, 2], [2, 3]).check?.passed).toBe(false)
  })
})

describe('numbers as shown', () => {
  it('are right to five digits', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        expect(Math.abs(Number(formatValue(value)) - value)).toBeLessThanOrEqual(5e-5 * Math.abs(value))
      }),
      { seed },
    )
  })

  it.each([
    [49_000, '49000'],
    [2.2121476417505994e-8, '2.2121e-8'],
    [0.96, '0.96'],
    [[49_000], '(49000,)'],
    [[2, 3, 4], '(2, 3, 4)'],
    [Number.NaN, 'NaN'],
  ])('%j as %s', (value, text) => expect(formatValue(value)).toBe(text))

  it.each([
    [2e-5, '20.0 µs'],
    [0.0123, '12.3 ms'],
    [1.5, '1.50 s'],
    [154.4, '154 s'],
    [1800, '30 min'],
  ])('%d seconds as %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))
})

describe('linspace', () => {
  it('starts and stops where it should, in even steps', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer({ min: 2, max: 50 }), (start, stop, n) => {
        const { values } = linspace(start, stop, [n])
        expect([values[0], values.at(-1)]).toEqual([start, stop])
        const step = (stop - start) / (n - 1)
        const scale = Math.abs(start) + Math.abs(stop)
        for (const [i, value] of values.entries())
          expect(Math.abs(value - (start + i * step))).toBeLessThanOrEqual(1e-12 * scale)
      }),
      { seed },
    )
  })
})

describe('distance to a kink', () => {
  it('of relu is the smallest magnitude', () => {
    expect(reluDistance([3, -0.5, 2])).toBe(0.5)
  })

  it('of pooling is the smallest lead in a window; after relu a window without a positive value has no say', () => {
    const z = [1, 4, -1, -1.25, 3.5, 2, -3, -2]
    expect(poolDistance(z, [1, 1, 2, 4], false)).toBe(0.25)
    expect(poolDistance(z, [1, 1, 2, 4], true)).toBe(0.5)
  })
})

it('statistics are taken over all axes but the channel', () => {
  const x = [1, 3, 10, 10, 5, 7, 20, 20]
  expect(statistics(x, [2, 2, 1, 2])).toEqual({ means: [4, 15], deviations: [Math.sqrt(5), 5] })
})
