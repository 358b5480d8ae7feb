import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../src/random.js'
import { stratifiedSplit } from '../src/split.js'

const cases = fc
  .tuple(fc.array(fc.nat({ max: 4 }), { minLength: 2, maxLength: 60 }), fc.nat(), fc.nat())
  .map(([labels, a, b]) => {
    const held = a % labels.length
    return { labels, sizes: [(b % (labels.length - held)) + 1, held] }
  })
const count = (labels: readonly number[], rows: Iterable<number>, label: number) =>
  [...rows].filter((row) => labels[row] === label).length

describe('a stratified split', () => {
  test('deals rows out once, in sets of the sizes asked for, the same for the same seed', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ labels, sizes }, seed) => {
        const sets = stratifiedSplit(labels, sizes, new Random(seed))
        expect(sets.map((rows) => rows.length)).toEqual(sizes)
        const all = sets.flatMap((rows) => [...rows])
        expect(new Set(all).size).toBe(all.length)
        expect(all.every((row) => row >= 0 && row < labels.length)).toBe(true)
        expect(stratifiedSplit(labels, sizes, new Random(seed))).toEqual(sets)
      }),
      { seed: 5 },
    )
  })

  test('has every class with two rows in both sets where they are large enough', () => {
    fc.assert(
      fc.property(cases, ({ labels, sizes: [train = 0, held = 0] }) => {
        const classes = [...new Set(labels)]
        fc.pre(train >= classes.length && held >= classes.length)
        const [trained = [], validated = []] = stratifiedSplit(labels, [train, held], new Random(0))
        for (const label of classes) {
          const rows = labels.filter((other) => other === label).length
          expect(count(labels, trained, label)).toBeGreaterThan(0)
          if (rows > 1) expect(count(labels, validated, label)).toBeGreaterThan(0)
        }
      }),
      { seed: 6, numRuns: 300 },
    )
  })

  test('keeps proportions: of 90 and 10 rows a tenth each', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? 1 : 0))
    const [trained = [], validated = []] = stratifiedSplit(labels, [90, 10], new Random(3))
    expect([count(labels, trained, 0), count(labels, trained, 1)]).toEqual([81, 9])
    expect([count(labels, validated, 0), count(labels, validated, 1)]).toEqual([9, 1])
  })

  test('refuses more rows than there are', () => {
    expect(() => stratifiedSplit([0, 1], [2, 1], new Random(0))).toThrow('split: 2 rows cannot be dealt out')
  })
})
