import { type DType, formatShape } from '@convkit/api'
import type { Case, NdArray } from '../core/case.js'
import { worstText } from '../core/compare.js'
import { spellIn } from '../core/numbers.js'
import { numbersIn } from '../core/small.js'
import { againLines, type Origin, reproduction } from './again.js'
import type { CheckResult } from './report.js'

export interface Line {
  readonly label: string
  readonly text: string
}

/**
 * What failed and how, for every format: law, worst element, counterexample, and how to see it again. `others` are the
 * checks that seem to fail for the same cause.
 */
export function failureLines(origin: Origin, result: CheckResult, others: readonly string[] = []): Line[] {
  const { failure, dtype } = result
  if (!failure) return []
  const { evidence, counterexample, value, thrown, path, shrinks } = failure
  return [
    { label: 'law', text: result.says },
    evidence ? { label: 'worst', text: worstText(dtype, evidence) } : { label: 'what', text: failure.message },
    ...(thrown === null ? [] : [{ label: 'stack', text: stack(thrown, failure.message) }]),
    ...(counterexample ? caseLines(counterexample, dtype) : []),
    ...(value === null ? [] : [{ label: 'with', text: clip(value, 400) }]),
    ...againLines(result),
    { label: 'seed', text: `${origin.seed}${path ? `, path ${path}, shrunk ${shrinks} times` : ''}` },
    { label: 'again', text: reproduction(origin, result) },
    ...(others.length > 0 ? [{ label: 'also', text: `seems to be the cause of: ${others.join(', ')}` }] : []),
  ]
}

/** A failure that seems to have the cause of another: what was wrong, which one that is, and how to see it again. */
export function sharedLines(origin: Origin, result: CheckResult, head: string): Line[] {
  const wanted = ['worst', 'what', 'again']
  const own = failureLines(origin, result).filter(({ label }) => wanted.includes(label))
  return [{ label: 'cause', text: `seems to be that of ${head}` }, ...own]
}

/** Those with the smallest counterexamples first. */
export function bySize(failures: readonly CheckResult[]): CheckResult[] {
  return failures.toSorted((a, b) => Math.sign(sizeOf(a) - sizeOf(b)) || 0)
}

/** Elements of the counterexample. A crash, or a failure of the backend as a whole, comes before any of a layer. */
function sizeOf({ status, failure }: CheckResult): number {
  const { counterexample = null, value = null } = failure ?? {}
  if (!counterexample) return status === 'failed' && value === null ? Number.POSITIVE_INFINITY : 0
  return numbersIn(counterexample)
}

/** A case in a few lines: its attributes, then each array with its shape and values. */
function caseLines(c: Case, dtype: DType): Line[] {
  const attributes = Object.entries(c.attrs).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const arrays = Object.entries({ ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) })
  return [
    ...(attributes.length > 0 ? [{ label: 'case', text: attributes.join(', ') }] : []),
    ...arrays.map(([name, array]) => ({ label: name, text: arrayText(array, dtype) })),
  ]
}

const shown = 24

function arrayText({ shape, data }: NdArray, dtype: DType): string {
  const values = Array.from(data.subarray(0, shown), (value) => spellIn(dtype, value)).join(' ')
  return `${formatShape(shape)} ${values}${data.length > shown ? ` … (${data.length} values)` : ''}`
}

/** The backend's own frames; those of the suite and of Node say nothing to its author. */
function stack(thrown: string, message: string): string {
  const lines = thrown.split('\n').filter((line) => !/node:internal|fast-check|conformance\/(src|dist)\//.test(line))
  const frames = lines.filter((line) => !line.includes(message)).slice(0, 6)
  return frames.map((line) => line.trim()).join('\n') || thrown
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)} …` : text
}
