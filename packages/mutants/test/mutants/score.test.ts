import type { Check } from '@convkit/conformance/internal/core/check'
import { describe, expect, test } from 'vitest'
import { mutationMarkdown, mutationReport } from '../../src/mutants/matrix.js'
import type { Mutant } from '../../src/mutants/mutant.js'
import type { Kill, MutantResult } from '../../src/mutants/run.js'

const bank = ['relu/one', 'relu/two', 'relu/three', 'relu/four'].map(
  (name): Mutant => ({
    name,
    says: `fault ${name}`,
    layer: 'relu',
    killers: ['relu/kink'],
    create: () => {
      throw new Error('not run here')
    },
  }),
)

const suite = ['relu/kink/float32', 'relu/forward/float32', 'relu/idle/float32'].map(
  (id): Check => ({
    id,
    layer: 'relu',
    law: '',
    dtype: 'float32',
    says: '',
    run: async () => ({ cases: 0, refusals: [], failure: null }),
  }),
)

const kill = (id: string, seen = 'y[0] = 1'): Kill => ({ id, named: id.startsWith('relu/kink'), cases: 3, seen })
const result = (mutant: string, ...kills: Kill[]): MutantResult => ({ mutant, seed: 1, kills, ms: 1 })

const report = mutationReport(
  bank,
  [
    result('relu/one', kill('relu/kink/float32')),
    result('relu/two', kill('relu/kink/float32')),
    result('relu/three', kill('relu/forward/float32')),
    result('relu/four'),
  ],
  suite,
  { seed: 1, runs: 40 },
)

describe('the mutation score', () => {
  test('counts as killed what a named check kills', () => {
    expect(report.score).toMatchObject({ mutants: 4, killed: 2, survivors: ['relu/four'], unforeseen: ['relu/three'] })
  })

  test('finds mutants that fail the same checks in the same way', () => {
    expect(report.score.twins).toEqual([['relu/one', 'relu/two']])
  })

  test('tells them apart by what was seen', () => {
    const results = [
      result('relu/one', kill('relu/kink/float32')),
      result('relu/two', kill('relu/kink/float32', 'y[0] = 2')),
    ]
    expect(mutationReport(bank.slice(0, 2), results, suite, { seed: 1, runs: 40 }).score.twins).toEqual([])
  })

  test('names the checks that nothing fails', () => {
    expect(report.idle).toEqual(['relu/idle/float32'])
  })
})

test('the matrix has a row a mutant and marks what was named, killed, or both', () => {
  const rows = mutationMarkdown(report)
    .split('\n')
    .filter((line) => line.startsWith('|'))
  expect(rows).toEqual([
    '| mutant | fault | kink | forward |',
    '| --- | --- | :-: | :-: |',
    '| one | fault relu/one | ● |  |',
    '| two | fault relu/two | ● |  |',
    '| three | fault relu/three | – | ○ |',
    '| four | fault relu/four | – |  |',
  ])
})
