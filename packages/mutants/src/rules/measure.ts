import type { Backend } from '@convkit/api'
import { allChecks } from '@convkit/conformance/internal/checks'
import { defaultRuns } from '@convkit/conformance/internal/core/check'
import type { Mutant } from '../mutants/mutant.js'
import { runMutant } from '../mutants/run.js'
import { answersOf, differingOutputs, methodOf, type Verdicts, verdictsOf } from './answers.js'
import { type Examination, examinationsOf, examinedSpecs } from './draws.js'
import { derivedBounds } from './own.js'
import type { Rule } from './rule.js'

/** What became of a mutant under one rule, which judges at least one of its answers. */
export interface Fate {
  /** Whether it rejects an output where it accepts what the plain loops give: else it has told nothing apart. */
  readonly killed: boolean
  /** Whether it rejects any output. */
  readonly rejected: boolean
  /** Whether the derived bounds reject any of the outputs that this rule judges. */
  readonly killedByBounds: boolean
  /** Calls of which an output that it judges differs from the plain loops', and those of which it rejects none all the same. */
  readonly wrongCalls: number
  readonly accepted: number
}

export interface MeasuredMutant {
  readonly name: string
  readonly layer: string
  readonly says: string
  /** Whether any answer differs in a bit from the plain loops': if not, no rule can tell on these cases. */
  readonly differs: boolean
  readonly differsForward: boolean
  /** By rule; absent where the rule judges nothing of it. */
  readonly fates: { readonly [rule: string]: Fate }
  /** By forward outputs alone. */
  readonly forward: { readonly [rule: string]: Fate }
  /** Whether any check of the suite kills it; null where that was not asked. */
  readonly suite: boolean | null
}

/** What a rule says of a right backend, layer by layer. */
export interface MeasuredBackend {
  readonly name: string
  readonly layer: string
  readonly rule: string
  /** Calls of which the rule judges at least one output, and those of which it rejects one. */
  readonly cases: number
  readonly alarms: number
  /** Those whose operands are all small. */
  readonly tameCases: number
  readonly tameAlarms: number
}

export interface Measurement {
  readonly mutants: readonly MeasuredMutant[]
  readonly backends: readonly MeasuredBackend[]
}

export interface RightBackend {
  readonly name: string
  readonly backend: Backend
}

export interface MeasureOptions {
  readonly rules: readonly Rule[]
  readonly mutants: readonly Mutant[]
  readonly backends?: readonly RightBackend[]
  /** Default 231. */
  readonly seed?: number
  /** Random cases a check; default 40. */
  readonly runs?: number
  /** Only these layers; default all. */
  readonly layers?: readonly string[]
  /** Whether mutants meet the whole suite too; default true. */
  readonly suite?: boolean
  onLayer?(layer: string): void
}

/** Lets every rule judge every mutant and every right backend, on the cases that the suite draws for its oracle laws. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { rules, mutants, seed = 231, runs = defaultRuns, layers, suite = true, onLayer } = options
  const records = mutants.map((mutant) => new Examinee(mutant, rules))
  const backends: MeasuredBackend[] = []
  const names = new Set(examinedSpecs.map(({ layer }) => layer))
  for (const spec of examinedSpecs.filter(({ layer }) => !layers || layers.includes(layer))) {
    onLayer?.(spec.layer)
    const examinations = await examinationsOf(spec, { seed, runs })
    for (const { name, backend } of options.backends ?? [])
      backends.push(...(await alarmsOf(name, backend, examinations, rules)))
    // A fault of the storage or the queue may show in any layer.
    for (const record of records.filter(({ mutant: { layer } }) => layer === spec.layer || !names.has(layer)))
      for (const examination of examinations) await record.examine(examination)
  }
  const checks = allChecks()
  const measured: MeasuredMutant[] = []
  for (const record of records) {
    const isKilled = suite
      ? (await runMutant(record.mutant, { seed, runs, firstOnly: true, suite: checks })).kills
      : null
    measured.push(record.result(isKilled && isKilled.length > 0))
  }
  return { mutants: measured, backends }
}

async function alarmsOf(
  name: string,
  backend: Backend,
  examinations: readonly Examination[],
  rules: readonly Rule[],
): Promise<MeasuredBackend[]> {
  const counts = new Map(rules.map((rule) => [rule, { cases: 0, alarms: 0, tameCases: 0, tameAlarms: 0 }]))
  for (const examination of examinations) {
    const questions = await examination.questions(backend)
    const answers = await answersOf(examination, questions, backend)
    for (const [rule, count] of counts)
      for (const [i, question] of questions.entries()) {
        const verdicts = [...verdictsOf(rule, examination, question, answers[i]).values()]
        const [isJudged, isAlarm] = [verdicts.length > 0, verdicts.includes(true)]
        if (isJudged) count.cases++
        if (isAlarm) count.alarms++
        if (isJudged && question.isTame) count.tameCases++
        if (isAlarm && question.isTame) count.tameAlarms++
      }
  }
  const [{ spec }] = examinations
  return Array.from(counts, ([rule, count]) => ({ name, layer: spec.layer, rule: rule.name, ...count }))
}

/** What is known of a mutant so far. */
class Examinee {
  readonly mutant: Mutant
  readonly #rules: readonly Rule[]
  #differs = false
  #differsForward = false
  readonly #fates = new Map<string, Fate>()
  readonly #forward = new Map<string, Fate>()

  constructor(mutant: Mutant, rules: readonly Rule[]) {
    this.mutant = mutant
    this.#rules = rules
  }

  /** A fresh backend for each, as the suite makes one for each check. */
  async examine(examination: Examination): Promise<void> {
    const backend = this.mutant.create()
    const questions = await examination.questions(backend)
    const answers = await answersOf(examination, questions, backend)
    for (const [i, question] of questions.entries()) {
      const differing = differingOutputs(question, answers[i])
      const isForward = (output: string) => methodOf(examination, output) === 'forward'
      this.#differs ||= differing.length > 0
      this.#differsForward ||= differing.some(isForward)
      const byBounds = verdictsOf(derivedBounds, examination, question, answers[i])
      for (const rule of this.#rules) {
        const verdicts = verdictsOf(rule, examination, question, answers[i])
        const plain = verdictsOf(rule, examination, question, question.plain)
        note(this.#fates, rule, { verdicts, plain, byBounds, differing }, () => true)
        note(this.#forward, rule, { verdicts, plain, byBounds, differing }, isForward)
      }
    }
  }

  result(suite: boolean | null): MeasuredMutant {
    const { name, layer, says } = this.mutant
    const [differs, differsForward] = [this.#differs, this.#differsForward]
    const [fates, forward] = [Object.fromEntries(this.#fates), Object.fromEntries(this.#forward)]
    return { name, layer, says, differs, differsForward, fates, forward, suite }
  }
}

interface Told {
  readonly verdicts: Verdicts
  readonly plain: Verdicts
  readonly byBounds: Verdicts
  readonly differing: readonly string[]
}

const nothing: Fate = { killed: false, rejected: false, killedByBounds: false, wrongCalls: 0, accepted: 0 }

function note(
  fates: Map<string, Fate>,
  { name }: Rule,
  { verdicts, plain, byBounds, differing }: Told,
  counts: (output: string) => boolean,
): void {
  const outputs = [...verdicts.keys()].filter(counts)
  if (outputs.length === 0) return
  const before = fates.get(name) ?? nothing
  const wrong = outputs.filter((output) => verdicts.get(output))
  const isWrong = outputs.some((output) => differing.includes(output))
  fates.set(name, {
    killed: before.killed || wrong.some((output) => !plain.get(output)),
    rejected: before.rejected || wrong.length > 0,
    killedByBounds: before.killedByBounds || outputs.some((output) => byBounds.get(output)),
    wrongCalls: before.wrongCalls + (isWrong ? 1 : 0),
    accepted: before.accepted + (isWrong && wrong.length === 0 ? 1 : 0),
  })
}
