import { describe, expect, test } from 'vitest'
import { failed, resultOf } from '../../src/execute.js'
import { type CheckResult, failureLines, type Report, reproduction, rootsOf, type Status } from '../../src/index.js'
import type { Reproduction } from '../../src/replay/reproduction.js'

function result(id: string, status: Status, rest: Partial<CheckResult['failure']> = {}): CheckResult {
  const [layer = '', law = ''] = id.split('/')
  const failure = { ...failed(`${law} failed`), ...rest }
  return resultOf({ id, layer, law, dtype: 'float32', says: 'it holds' }, status, { failure })
}

const id = 'relu/law/float32'
const origin: Pick<Report, 'command' | 'seed' | 'runs' | 'thorough' | 'selection'> = {
  command: 'npx convkit conformance ./mine.js',
  seed: 7,
  runs: 40,
  thorough: false,
  selection: {},
}
const again = (rest: Partial<Reproduction>): Reproduction => ({
  kind: 'alone',
  steps: [],
  failed: 3,
  of: 3,
  why: null,
  ...rest,
})

describe('the command that shows a failure again', () => {
  const one = result(id, 'failed', { path: '3:0:1' })
  const start = 'npx convkit conformance ./mine.js'

  test('has its check, seed and case', () => {
    expect(reproduction(origin, one)).toBe(`${start} --only ${id} --seed 7 --path 3:0:1`)
  })

  test('has the dtype that was asked for', () => {
    expect(reproduction({ ...origin, selection: { dtype: 'float32' } }, one)).toContain(`--only ${id} --dtype float32 `)
  })

  test('has as many cases where it is about the check as a whole', () => {
    const whole = result(id, 'crashed')
    expect(reproduction({ ...origin, runs: 30 }, whole)).toBe(`${start} --only ${id} --seed 7 --runs 30`)
    expect(reproduction({ ...origin, runs: 400, thorough: true }, whole)).toBe(
      `${start} --only ${id} --seed 7 --thorough`,
    )
  })

  test('replays what leads to it', () => {
    const steps = [
      { id: 'affine/forward/float32', cases: '0-3,7' },
      { id, cases: '3' },
    ]
    const lines = failureLines(origin, { ...one, reproduction: again({ kind: 'after', steps }) })
    expect(lines).toContainEqual({
      label: 'after',
      text: 'fails only after affine/forward/float32 cases 0-3,7; by itself it passes',
    })
    expect(lines.at(-1)).toEqual({
      label: 'again',
      text: `${start} --replay affine/forward/float32@0-3,7+${id}@3 --seed 7`,
    })
  })

  test('is the one that was pasted, where that is a replay', () => {
    const replay = `affine/forward/float32@1+${id}@3`
    expect(reproduction({ ...origin, selection: { replay } }, result(id, 'crashed'))).toBe(
      `${start} --replay ${replay} --seed 7`,
    )
  })

  test('under vitest is the options', () => {
    expect(reproduction({ ...origin, command: null }, one)).toBe(
      `describeConformance(..., {"only":["${id}"],"path":"3:0:1","seed":7})`,
    )
  })
})

test('a failure says how often it failed, and where it was not run again', () => {
  const text = (rest: Partial<Reproduction>) =>
    failureLines(origin, { ...result(id, 'failed'), reproduction: again(rest) }).map(
      ({ label, text }) => `${label} ${text}`,
    )
  expect(text({ kind: 'sometimes', steps: [{ id, cases: '3' }], failed: 7, of: 20 })).toContain(
    'often failed in 7 of 20 fresh runs',
  )
  expect(text({ kind: 'never', failed: 0, of: 20 })).toContain(
    'often failed once, and in none of 20 fresh runs: it may take what ran before it',
  )
  expect(text({ kind: 'untried', why: 'only 3 causes are' })).toContain('fresh not run again: only 3 causes are')
})

describe('failures of one cause', () => {
  const evidence = (output: string) => ({
    evidence: { law: '', output, index: [0], expected: 1, got: 2, bound: 0, broken: 1, of: 1 },
  })
  const at = (path: string) => ({
    path,
    counterexample: {
      layer: 'relu',
      attrs: {},
      inputs: { x: { shape: [path.length], data: new Float64Array(path.length) } },
    },
  })

  test('are those of the same output of a layer, of either dtype, whatever a law made of it; the smallest stands for them', () => {
    const roots = rootsOf([
      result('relu/forward/float32', 'failed', { ...evidence('y'), ...at('000') }),
      result('relu/backward/float32', 'failed', evidence('dx')),
      result('relu/adjoint/float64', 'failed', { ...evidence('<dx, x>'), ...at('0') }),
      result('relu/halves/float64', 'failed', { ...evidence('y'), ...at('0') }),
      result('affine/forward/float32', 'failed', { ...evidence('y'), ...at('00') }),
      result('affine/passes/float32', 'passed'),
    ])
    expect(roots).toEqual([
      { id: 'relu/adjoint/float64', others: ['relu/backward/float32'] },
      { id: 'affine/forward/float32', others: [] },
      { id: 'relu/halves/float64', others: ['relu/forward/float32'] },
    ])
  })

  test('are those that throw the same, but for its numbers, in any layer', () => {
    const thrown = (id: string, message: string) => result(id, 'error', { message, thrown: 'at kernel' })
    expect(
      rootsOf([
        thrown('relu/a/float32', 'no register 3'),
        thrown('affine/a/float32', 'no register 14'),
        thrown('affine/b/float32', 'else'),
      ]),
    ).toEqual([
      { id: 'relu/a/float32', others: ['affine/a/float32'] },
      { id: 'affine/b/float32', others: [] },
    ])
  })

  test('are shown by the one that was run again', () => {
    const results = ['relu/a/float32', 'relu/b/float32'].map((id) => result(id, 'failed', evidence('y')))
    const tried = { ...results[1], reproduction: again({ steps: [{ id: 'relu/b/float32', cases: '1' }] }) }
    expect(rootsOf([results[0], tried])).toEqual([{ id: 'relu/b/float32', others: ['relu/a/float32'] }])
  })

  test('are too few cases, wherever', () => {
    const few = (id: string, cases: number) => result(id, 'incomplete', { message: `${cases} of 40 cases ran` })
    expect(rootsOf([few('relu/a/float32', 3), few('affine/a/float32', 7)])).toHaveLength(1)
  })
})
