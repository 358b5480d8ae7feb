import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { allChecks, specs } from '@convkit/conformance/internal/checks'
import { underConventions } from '@convkit/conformance/internal/conventions/oracle'
import type { Case, Results } from '@convkit/conformance/internal/core/case'
import { rounded } from '@convkit/conformance/internal/core/inputs'
import { seedOf } from '@convkit/conformance/internal/core/seed'
import { randomOf } from '@convkit/conformance/internal/core/sharp'
import type { Bounds, LayerSpec, Want } from '@convkit/conformance/internal/core/spec'
import { createSubject, runCase } from '@convkit/conformance/internal/core/subject'

/** The checks whose cases rules are compared on: those that hold a backend against the definition. */
export const oracleChecks = ['forward', 'backward', 'large'] as const
type OracleCheck = (typeof oracleChecks)[number]

/** A call, and all that is known of its right answer. */
export interface Question {
  readonly case: Case
  readonly want: Want
  /** What is judged: outputs, gradients or both. */
  readonly outputs: readonly string[]
  readonly expected: Results
  readonly bounds: Bounds
  /** What the plain loops give in this dtype: a kernel that gives the same bits is wrong in nothing. */
  readonly plain: Results
  /** Whether no operand is larger than those that tests are usually written with. */
  readonly isTame: boolean
}

export interface Examination {
  readonly spec: LayerSpec
  readonly dtype: FloatDType
  readonly check: OracleCheck
  /** Under the arithmetic and the conventions that this backend declares. */
  questions(backend: Backend): Promise<readonly Question[]>
}

export interface DrawOptions {
  readonly seed: number
  readonly runs: number
}

const [oracle, suite] = [createNaive(), allChecks()]

/** The specs that have such checks; the others are held to their layers alone. */
export const examinedSpecs: readonly LayerSpec[] = specs.filter(({ composed }) => !composed)

/** The cases that the suite draws for a layer, check by check. */
export async function examinationsOf(spec: LayerSpec, options: DrawOptions): Promise<Examination[]> {
  const examinations: Examination[] = []
  for (const dtype of ['float32', 'float64'] as const)
    for (const check of oracleChecks) {
      const cases = await drawn(`${spec.layer}/${check}/${dtype}`, options)
      if (cases.length > 0) examinations.push(examination(spec, dtype, check, cases))
    }
  return examinations
}

async function drawn(id: string, { seed, runs }: DrawOptions): Promise<Case[]> {
  const cases: Case[] = []
  const check = suite.find((one) => one.id === id)
  await check?.run({
    backend: oracle,
    oracle,
    seed: seedOf(seed, id),
    runs,
    onDraw: (one) => {
      if (one.case) cases.push(one.case)
    },
  })
  return cases
}

function examination(spec: LayerSpec, dtype: FloatDType, check: OracleCheck, cases: readonly Case[]): Examination {
  const known = new Map<string, Promise<readonly Question[]>>()
  return {
    spec,
    dtype,
    check,
    questions(backend) {
      const key = JSON.stringify([backend.arithmetic?.[dtype], backend.conventions])
      const questions = known.get(key) ?? ask(spec, dtype, check, cases, backend)
      known.set(key, questions)
      return questions
    },
  }
}

/** As `laws/oracle.ts` asks each of these. */
async function ask(
  spec: LayerSpec,
  dtype: FloatDType,
  check: OracleCheck,
  cases: readonly Case[],
  backend: Backend,
): Promise<Question[]> {
  const subject = createSubject(spec, backend, oracle, dtype)
  const right = underConventions(oracle, subject.unit.conventions)
  const gradients = Object.values(spec.gradients)
  const questions: Question[] = []
  for (const one of cases) {
    const whole = rounded(one, dtype)
    const isSharp = check === 'large' && spec.sharpen && randomOf(whole).uniform() < 0.5
    const c = isSharp && spec.sharpen ? spec.sharpen(whole, subject.unit) : whole
    const { dy: _, ...forwardOnly } = c
    const [asked, want] = check === 'forward' ? [forwardOnly, without(gradients)] : [c, {}]
    const expected = await subject.exact(c)
    const outputs = Object.keys(expected).filter((name) => isJudged(check, gradients.includes(name)))
    const [bounds, plain] = [await subject.bounds(c), await runCase(spec, right, dtype, asked, want)]
    questions.push({ case: asked, want, outputs, expected, bounds, plain, isTame: isTame(c) })
  }
  return questions
}

/** No standard normal draw is beyond it. */
export const largestTame = 8

function isTame({ inputs, dy }: Case): boolean {
  const operands = [...Object.values(inputs), ...(dy ? [dy] : [])].filter(({ data }) => data instanceof Float64Array)
  return operands.every(({ data }) => data.every((value: number) => Math.abs(value) <= largestTame))
}

function isJudged(check: OracleCheck, isGradient: boolean): boolean {
  return check === 'large' || isGradient === (check === 'backward')
}

function without(gradients: readonly string[]): Want {
  return Object.fromEntries(gradients.map((name) => [name, false]))
}
