import { defaultRuns } from '../core/check.js'
import { type Step, stepsText } from '../replay/steps.js'
import type { CheckResult, Report } from './report.js'

/** What a reproduction needs to know of the run. */
export type Origin = Pick<Report, 'command' | 'seed'> & Partial<Pick<Report, 'selection' | 'runs' | 'thorough'>>

/** The one command that runs this failure again: its smallest case, the cases that lead to it, or the check as it ran. */
export function reproduction(origin: Origin, result: CheckResult): string {
  const { command, seed, selection = {}, runs = defaultRuns, thorough = false } = origin
  const steps = result.reproduction?.steps ?? []
  const path = steps.at(-1)?.cases ?? result.failure?.path ?? selection.path ?? null
  const replay = steps.length > 1 ? stepsText(steps) : (selection.replay ?? null)
  if (command === null) {
    const options = replay ? { replay } : { only: [result.id], ...(path === null ? {} : { path }) }
    return `describeConformance(..., ${JSON.stringify({ ...options, seed })})`
  }
  // A check as a whole is what it was only with as many cases.
  const cases = thorough ? runs / 10 : runs
  const whole = path === null ? [...(cases === 40 ? [] : [`--runs ${cases}`]), ...(thorough ? ['--thorough'] : [])] : []
  return [
    command,
    ...(replay ? [`--replay ${quote(replay)}`] : [`--only ${quote(result.id)}`]),
    ...(selection.dtype ? [`--dtype ${selection.dtype}`] : []),
    `--seed ${seed}`,
    ...(replay || path === null ? [] : [`--path ${path}`]),
    ...whole,
  ].join(' ')
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w./@:,+%=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** What came of running a failure again, in words; nothing where it simply failed again. */
export function againLines({ reproduction }: CheckResult): { readonly label: string; readonly text: string }[] {
  if (!reproduction) return []
  const { kind, steps, failed, of, why } = reproduction
  if (kind === 'untried') return [{ label: 'fresh', text: `not run again: ${why}` }]
  if (kind === 'never')
    return [{ label: 'often', text: `failed once, and in none of ${of} fresh runs: it may take what ran before it` }]
  const needed = steps.slice(0, -1).map(stepText).join(', then ')
  const after = needed === '' ? [] : [{ label: 'after', text: `fails only after ${needed}; by itself it passes` }]
  return kind === 'sometimes' ? [...after, { label: 'often', text: `failed in ${failed} of ${of} fresh runs` }] : after
}

function stepText({ id, cases }: Step): string {
  if (cases === null) return id
  return `${id} ${/[,-]/.test(cases) ? 'cases' : 'case'} ${cases}`
}
