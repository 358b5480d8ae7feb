import { allChecks } from '@convkit/conformance/internal/checks'
import { describe, expect, test } from 'vitest'
import { libraryOf } from '../../src/museum/exhibit.js'
import { inexpressible } from '../../src/museum/inexpressible.js'
import { museum } from '../../src/museum/museum.js'
import { allMutants } from '../../src/mutants/bank.js'
import { runMutant } from '../../src/mutants/run.js'

const suite = allChecks()

describe('the museum', () => {
  test('has at least 80 faults of at least seven libraries, each of its own name and report', () => {
    expect(museum.length).toBeGreaterThanOrEqual(80)
    expect(new Set(museum.map(libraryOf)).size).toBeGreaterThanOrEqual(7)
    const names = [...allMutants, ...museum].map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    const links = [...museum, ...inexpressible].map(({ link }) => link)
    expect(links.filter((link, i) => links.indexOf(link) !== i)).toEqual([])
  })

  test.each([...museum, ...inexpressible])('$link leads to a tracker', ({ link }) => {
    expect(link).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(issues|pull)\/\d+$/)
  })

  test.each(museum)('$name names checks that exist', ({ killers }) => {
    expect(killers.filter((killer) => !suite.some(({ id }) => id.startsWith(`${killer}/`)))).toEqual([])
    expect(killers.length).toBeGreaterThan(0)
  })
})

test.each(museum)('$name dies by a check that it names: $says', async (exhibit) => {
  const { kills } = await runMutant(exhibit, { firstOnly: true, suite })
  expect(kills).toMatchObject([{ named: true }])
})
