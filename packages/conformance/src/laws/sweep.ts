import { differencesOf, type FloatDType, type KernelName } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { kernelsOf } from '../capability.js'
import { plain, unitOf } from '../core/arithmetic.js'
import { exactly } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { type Check, defaultRuns } from '../core/check.js'
import { compare } from '../core/compare.js'
import { changed, rounded } from '../core/inputs.js'
import { holds } from '../core/property.js'
import { seeds } from '../core/shapes.js'
import { numbersIn } from '../core/small.js'
import type { Bounds, LayerSpec, Subject } from '../core/spec.js'
import { createSubject } from '../core/subject.js'
import { repeated, type Sweep } from '../core/sweep.js'
import { runKept } from './kept.js'

/**
 * Sizes are not drawn but listed, in an order that the seed gives. At the usual number of cases a check every size is visited
 * once, with fewer the first of them.
 */
export function sweepCheck(spec: LayerSpec, { name, count: countOf, at, known }: Sweep, dtype: FloatDType): Check {
  return {
    id: `${spec.layer}/sweep-${name.replaceAll(' ', '-')}/${dtype}`,
    layer: spec.layer,
    law: `sweep ${name}`,
    dtype,
    says: `${name} swept far beyond the blocks of kernels, the other sizes being small: results are right`,
    run(context) {
      const subject = createSubject(spec, context.backend, context.oracle, dtype, context.tally)
      const count = countOf()
      const runs = Math.ceil((count * context.runs) / defaultRuns)
      const random = new Random(context.seed)
      const order = random.permutation(count)
      const examples = Array.from({ length: runs }, (_, k) => [order[k % count], random.integer(2 ** 31)] as const)
      const law = `sweep ${name}`
      const hold = async (c: Case, isWatched: boolean, isAlone: boolean) => {
        const { expected, bounds } = await answers(subject, c, known)
        // Some kernels want room of their own only where there is much to do.
        compare(law, c, isWatched ? await runKept(subject, c) : await subject.run(c), expected, bounds, subject)
        if (isAlone) await alone(law, subject, c, expected, bounds)
      }
      const caseOf = ([rank, seed]: readonly [number, number]) => rounded(at(rank, new Random(seed)), dtype)
      return holds(
        { ...context, runs },
        fc.tuple(fc.nat(count - 1), seeds),
        async (point) => {
          const fromLargest = count - 1 - point[0]
          const c = caseOf(point)
          const bare = unbiased(c)
          const isPlain = numbersIn(c) > many
          const does = (way: (typeof ways)[number]) =>
            !isPlain && (fromLargest === 0 || ways[fromLargest % ways.length] === way)
          if (bare && does('without a bias')) await hold(bare, does('watched'), false)
          if (!bare || isPlain || fromLargest === 0 || !does('without a bias'))
            await hold(c, does('watched'), does('one gradient alone'))
        },
        caseOf,
        examples,
      )
    },
  }
}

/** Cases of more numbers are called once, as they are. */
const many = 2_000_000

/** What is done with a size beside the plain call: each with a third of them, and all with the largest. */
const ways = ['watched', 'one gradient alone', 'without a bias'] as const

/** Null for a case that has none to leave out. */
function unbiased(c: Case): Case | null {
  const { b, ...inputs } = c.inputs
  return b ? { ...c, inputs } : null
}

async function alone(law: string, subject: Subject, c: Case, expected: Results, bounds: Bounds): Promise<void> {
  const names = Object.values(subject.spec.gradients).filter((name) => name in expected)
  for (const chosen of names.length > 1 ? names : []) {
    const want = Object.fromEntries(names.map((name) => [name, name === chosen]))
    compare(`${law}, ${chosen} alone`, c, await subject.run(c, want), expected, { [chosen]: bounds[chosen] }, subject)
  }
}

async function answers(
  subject: Subject,
  c: Case,
  known: Sweep['known'],
): Promise<{ readonly expected: Results; readonly bounds: Bounds }> {
  if (typeof known === 'object') return fromPeriod(subject, c, known.period)
  const expected = await subject.exact(c)
  if (known !== 'exact' || !keepsWhole(subject)) return { expected, bounds: await subject.bounds(c) }
  const zeros = Object.entries(expected).map(([name, array]) => [name, exactly(array)])
  return { expected, bounds: Object.fromEntries(zeros) }
}

/** Coarser arithmetic may not hold what is whole, and other conventions may divide it. */
function keepsWhole({ backend, dtype, spec }: Subject): boolean {
  const isPlain = (kernel: KernelName) => unitOf(backend, dtype, kernel).u <= plain[dtype].unitRoundoff
  return differencesOf(backend).length === 0 && kernelsOf(backend, spec.layer, dtype).every(isPlain)
}

async function fromPeriod(subject: Subject, c: Case, period: number) {
  const [length] = Object.values(c.inputs)[0].shape
  const size = Math.min(period, length)
  const first = ({ data }: NdArray): NdArray => ({ shape: [size], data: data.slice(0, size) })
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, first(array)]))
  const short = changed(c, { inputs, dy: c.dy && first(c.dy) })
  const repeat = ({ data }: NdArray): NdArray => ({
    shape: [length],
    data: repeated(Float64Array.from(data), length),
  })
  const all = (results: Results) =>
    Object.fromEntries(Object.entries(results).map(([name, array]) => [name, repeat(array)]))
  return { expected: all(await subject.exact(short)), bounds: all(await subject.bounds(short)) }
}
