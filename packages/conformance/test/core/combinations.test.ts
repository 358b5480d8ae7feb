import { expect, test } from 'vitest'
import { combinations } from '../../src/core/combinations.js'

test('every choice of levels of any three factors stands in some row, in far fewer rows than there are choices', () => {
  const levels = [3, 4, 2, 5, 3]
  const rows = combinations(levels)
  for (let a = 0; a < levels.length; a++)
    for (let b = a + 1; b < levels.length; b++)
      for (let c = b + 1; c < levels.length; c++) {
        const found = new Set(rows.map((row) => `${row[a]} ${row[b]} ${row[c]}`))
        expect(found.size).toBe((levels[a] ?? 0) * (levels[b] ?? 0) * (levels[c] ?? 0))
      }
  expect(rows.length).toBeLessThan(levels.reduce((product, count) => product * count) / 2)
  expect(combinations(levels)).toEqual(rows)
})
