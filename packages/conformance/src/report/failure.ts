import { formatShape } from '@convkit/api'
import type { Case, NdArray } from '../core/case.js'
import type { CheckResult, Report } from './report.js'

export interface Line {
  readonly label: string
  readonly text: string
}

/** The one command that runs this check again, on its smallest failing case. */
export function reproduction({ command, seed }: Pick<Report, 'command' | 'seed'>, result: CheckResult): string {
  const path = result.failure?.path
  return `${command} --only ${result.id} --seed ${seed}${path ? ` --path ${path}` : ''}`
}

/** What failed and how, for every format: law, worst element, counterexample, and how to see it again. */
export function failureLines(report: Pick<Report, 'command' | 'seed'>, result: CheckResult): Line[] {
  const { failure } = result
  if (!failure) return []
  const { evidence, counterexample, value, thrown, path, shrinks } = failure
  return [
    { label: 'law', text: result.says },
    ...(evidence
      ? [
          {
            label: 'worst',
            text: `${evidence.output}${evidence.index.length > 0 ? formatShape(evidence.index) : ''} is ${number(evidence.got)}, expected ${number(evidence.expected)} ± ${evidence.bound.toPrecision(3)} (${evidence.broken} of ${evidence.of} wrong)`,
          },
        ]
      : [{ label: 'what', text: failure.message }]),
    ...(thrown === null ? [] : [{ label: 'stack', text: stack(thrown, failure.message) }]),
    ...(counterexample ? caseLines(counterexample) : []),
    ...(value === null ? [] : [{ label: 'with', text: clip(value, 400) }]),
    { label: 'seed', text: `${report.seed}${path ? `, path ${path}, shrunk ${shrinks} times` : ''}` },
    { label: 'again', text: reproduction(report, result) },
  ]
}

/** Those with the smallest counterexamples first. */
export function bySize(failures: readonly CheckResult[]): CheckResult[] {
  return failures.toSorted((a, b) => Math.sign(sizeOf(a) - sizeOf(b)) || 0)
}

/** A backend that is all wrong would fill many screens. */
const few = 12

/** The smallest failure of each layer, then the next of each, until there are enough. */
export function mostTelling(failures: readonly CheckResult[]): CheckResult[] {
  const sorted = bySize(failures)
  const place = (result: CheckResult) => sorted.filter(({ layer }) => layer === result.layer).indexOf(result)
  return sorted.toSorted((a, b) => place(a) - place(b)).slice(0, few)
}

/** Elements of the counterexample. A crash, or a failure of the backend as a whole, comes before any of a layer. */
function sizeOf({ status, failure }: CheckResult): number {
  const { counterexample = null, value = null } = failure ?? {}
  if (!counterexample) return status === 'failed' && value === null ? Number.POSITIVE_INFINITY : 0
  const { inputs, dy } = counterexample
  return Object.values(inputs).reduce((sum, { data }) => sum + data.length, dy?.data.length ?? 0)
}

/** A case in a few lines: its attributes, then each array with its shape and values. */
function caseLines(c: Case): Line[] {
  const attributes = Object.entries(c.attrs).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const arrays = Object.entries({ ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) })
  return [
    ...(attributes.length > 0 ? [{ label: 'case', text: attributes.join(', ') }] : []),
    ...arrays.map(([name, array]) => ({ label: name, text: arrayText(array) })),
  ]
}

const shown = 24

function arrayText({ shape, data }: NdArray): string {
  const values = Array.from(data.subarray(0, shown), number).join(' ')
  return `${formatShape(shape)} ${values}${data.length > shown ? ` … (${data.length} values)` : ''}`
}

/** Eight digits, enough to tell any two float32 numbers apart within a line. */
function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(8)))
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
