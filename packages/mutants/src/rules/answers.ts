import { type Backend, UnsupportedError } from '@convkit/api'
import { lacksTable } from '@convkit/conformance/internal/capability'
import type { NdArray, Results } from '@convkit/conformance/internal/core/case'
import { runCase } from '@convkit/conformance/internal/core/subject'
import { createTimer } from '@convkit/conformance/internal/timer'
import type { Examination, Question } from './draws.js'
import type { Judged, Rule } from './rule.js'

/** `thrown`: the call threw, or gave no answer. Null: it was refused, as a kernel that is not there is. */
export type Answer = Results | 'thrown' | null

/** Whether a rule rejects each of the outputs that it judges. */
export type Verdicts = ReadonlyMap<string, boolean>

/** A call that takes longer is taken for one that never ends, and so are those behind it. */
const patience = 5000

/** The answers of one backend to all questions of an examination, in their order. */
export async function answersOf(
  { spec, dtype }: Examination,
  questions: readonly Question[],
  backend: Backend,
): Promise<Answer[]> {
  if (lacksTable(backend, spec.layer, dtype)) return questions.map(() => null)
  const answers: Answer[] = []
  let isLate = false
  for (const { case: c, want } of questions) {
    if (isLate) {
      answers.push('thrown')
      continue
    }
    const timer = createTimer(patience)
    const late = timer.over.then(() => {
      isLate = true
      return 'thrown' as const
    })
    const results = runCase(spec, backend, dtype, c, want).catch((error: unknown) =>
      error instanceof UnsupportedError ? null : ('thrown' as const),
    )
    answers.push(await Promise.race([results, late]).finally(timer.stop))
  }
  return answers
}

/** Judged outputs that differ in any bit from what the plain loops give. */
export function differingOutputs(question: Question, answer: Answer): readonly string[] {
  if (answer === null) return []
  return question.outputs.filter((name) => answer === 'thrown' || !isSame(answer[name], question.plain[name]))
}

export function verdictsOf(rule: Rule, examination: Examination, question: Question, answer: Answer): Verdicts {
  if (answer === null) return none
  if (answer !== question.plain) return judge(rule, examination, question, answer)
  const known = ofPlain.get(question) ?? new Map<Rule, Verdicts>()
  ofPlain.set(question, known)
  const verdicts = known.get(rule) ?? judge(rule, examination, question, answer)
  known.set(rule, verdicts)
  return verdicts
}

const none: Verdicts = new Map()
/** Asked for again with each mutant. */
const ofPlain = new WeakMap<Question, Map<Rule, Verdicts>>()

function judge(rule: Rule, examination: Examination, question: Question, answer: Exclude<Answer, null>): Verdicts {
  const verdicts = new Map<string, boolean>()
  for (const output of question.outputs) {
    const expected = question.expected[output]
    const got = answer === 'thrown' ? undefined : answer[output]
    const isWhole = got !== undefined && got.shape.join() === expected.shape.join()
    // Whatever is missing, or of another shape, no test accepts; whether this one looks at it, the right values tell.
    const accepted = rule.judge(judgedOf(examination, question, output, isWhole ? got : expected))
    if (accepted !== null) verdicts.set(output, !isWhole || !accepted)
  }
  return verdicts
}

function judgedOf(examination: Examination, question: Question, output: string, got: NdArray): Judged {
  const { spec, dtype } = examination
  return {
    layer: spec.layer,
    dtype,
    method: methodOf(examination, output),
    output,
    case: question.case,
    got,
    expected: question.expected[output],
    ...(question.bounds[output] ? { bound: question.bounds[output] } : {}),
  }
}

/** The gradient of a loss is one too, though it has no upstream gradient. */
export function methodOf({ spec }: Pick<Examination, 'spec'>, output: string): Judged['method'] {
  return Object.values(spec.gradients).includes(output) ? 'backward' : 'forward'
}

function isSame(a: NdArray | undefined, b: NdArray): boolean {
  if (!a || a.data.length !== b.data.length) return false
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [a.data[i], b.data[i]]
    if (x === y ? x === 0 && !Object.is(x, y) : !Number.isNaN(x) || !Number.isNaN(y)) return false
  }
  return true
}
