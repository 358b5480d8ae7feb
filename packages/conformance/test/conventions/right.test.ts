import { type Backend, type Conventions, conventionTable, ourConventions } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { beforeAll, describe, expect, test } from 'vitest'
import { createConventional } from '../../src/conventions/oracle.js'
import type { Check } from '../../src/core/check.js'
import { execute } from '../../src/execute.js'
import { suite } from '../../src/node/suite.js'
import { createRoundedConventional } from '../support/roundedConventions.js'

const oracle = createNaive()
let all: readonly Check[] = []
beforeAll(async () => {
  all = await suite()
})

type Rule = readonly [layer: string, rule: string, choice: string | number]

const rules: readonly Rule[] = Object.entries(conventionTable).flatMap(([layer, own]) =>
  Object.entries(own).flatMap(([rule, { choices }]) =>
    choices.map((choice: string | number): Rule => [layer, rule, choice]),
  ),
)

function under([layer, rule, choice]: Rule): Conventions {
  const own: { readonly [layer: string]: object } = ourConventions
  return { ...ourConventions, [layer]: { ...own[layer], [rule]: choice } }
}

/** The checks that a backend fails of some layers, until there are `enough`. */
async function failures(backend: Backend, layers: readonly string[], runs: number, enough = Number.POSITIVE_INFINITY) {
  const failed: string[] = []
  for (const check of all.filter(({ layer, dtype }) => layers.includes(layer) && dtype !== 'int32')) {
    if (check.dtype !== 'int32' && !backend.kernels[check.dtype]) continue
    const { result } = await execute(check, { backend, oracle, seed: 231, runs, shrink: false }, 60_000)
    if (result.status !== 'passed') failed.push(`${check.id}: ${result.failure?.message ?? result.status}`)
    if (failed.length >= enough) break
  }
  return failed
}

describe.each(rules)('%s with %s %s', (...rule) => {
  const [layer, name, choice] = rule
  const others = rules.filter((other) => other[0] === layer && other[1] === name && other[2] !== choice)

  test('passes where it is declared', async () => {
    expect(await failures(createConventional(under(rule)), [layer], 10)).toEqual([])
  })

  test('passes with kernels that round every operation to float32', async () => {
    expect(await failures(createRoundedConventional(under(rule)), [layer], 10)).toEqual([])
  })

  test.each(others)('fails where %s declares %s %s', async (...other) => {
    const backend = { ...createConventional(under(rule)), conventions: under(other) }
    expect(await failures(backend, [layer], 40, 1)).toHaveLength(1)
  })
})

// Sandwiches, nets and reference files among it.
test('a backend passes the whole suite under all other conventions together', { timeout: 300_000 }, async () => {
  const last = (layer: string, rule: string) => rules.findLast((one) => one[0] === layer && one[1] === rule)?.[2]
  const conventions = Object.fromEntries(
    Object.entries(conventionTable).map(([layer, own]) => [
      layer,
      Object.fromEntries(Object.keys(own).map((rule) => [rule, last(layer, rule)])),
    ]),
    // One entry for each line of the table.
  ) as Conventions
  for (const backend of [createConventional(conventions), createRoundedConventional(conventions)])
    expect(await failures(backend, [...new Set(all.map(({ layer }) => layer))], 3)).toEqual([])
})
