import type { Conventions, Loss } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { permute } from '../core/gather.js'
import { changed, each, inputOf, labelsOf, same, tensorOf } from '../core/inputs.js'
import { type Approx, type Running, running } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { blocks, seeds, sizes } from '../core/shapes.js'
import { shuffle } from '../core/shuffle.js'
import type { Law, LayerSpec, Neighbourhood, Subject } from '../core/spec.js'
import { landmarks, longer, type Sweep, square, sweep } from '../core/sweep.js'
import type { Unit } from '../core/unit.js'
import { labels, map, type ValueKind, values } from '../core/values.js'
import { Violation } from '../core/violation.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts } from '../laws/independentParts.js'
import { related } from '../laws/relation.js'
import { subnormals } from '../laws/subnormals.js'

/** `huge`: normal times 2^100, beyond what exp can bear. */
type LogitKind = ValueKind | 'huge'

interface Sizes {
  readonly batch: fc.Arbitrary<number>
  readonly classes: fc.Arbitrary<number>
  readonly kinds: readonly LogitKind[]
}

/** Logits (N, C), labels (N), and for most a `scale` of their own: the default is 1/N. */
export function lossCases(layer: Loss['name'], { batch, classes, kinds }: Sizes): fc.Arbitrary<Case> {
  return fc
    .record({
      n: batch,
      classes,
      scale: fc.oneof(
        { arbitrary: fc.constant(null), weight: 1 },
        { arbitrary: scalars([1, 0.25, 0.3, 128, 0], [1e-3, 128]), weight: 3 },
      ),
      kind: fc.constantFrom(...kinds),
      seed: seeds,
    })
    .map(({ n, classes, scale, kind, seed }) => {
      const random = new Random(seed)
      const drawn = values(random, [n, classes], kind === 'huge' ? 'normal' : kind)
      const logits = kind === 'huge' ? map(drawn, (value) => value * 2 ** 100) : drawn
      const attrs = { classes, ...(scale === null ? {} : { scale }) }
      return { layer, attrs, inputs: { logits, labels: labels(random, n, classes) } }
    })
}

const small: Sizes = { batch: sizes(17), classes: sizes(33), kinds: ['normal', 'dyadic', 'ties', 'wide', 'huge'] }
const large: Sizes = { batch: blocks(129), classes: blocks(129), kinds: ['normal'] }
const deep: Sizes = {
  batch: fc.constantFrom(1, 2, 3),
  classes: fc.constantFrom(1000, 1024, 4097, 8192),
  kinds: ['normal', 'ties'],
}
const batch: Sizes = {
  batch: fc.constantFrom(1000, 1025, 4096),
  classes: fc.constantFrom(2, 5, 10),
  kinds: ['normal', 'ties'],
}

/** Where softmax's exponentials are 0, or nearly, and margins are wide. */
const low = -200

/**
 * Few logits count, and few rows: among thousands of equal ones none would be missed. Elsewhere the label leads, so that
 * the row costs nothing.
 */
function sparseCase(layer: Loss['name'], n: number, classes: number, random: Random): Case {
  const logits = new Float64Array(n * classes).fill(low)
  const targets = new Int32Array(n)
  const rows = new Set(landmarks(random, n))
  for (let row = 0; row < n; row++) {
    const columns = landmarks(random, classes)
    targets[row] = columns[random.integer(columns.length)]
    if (rows.has(row)) for (const column of columns) logits[row * classes + column] = random.integer(5) - 2
    else logits[row * classes + targets[row]] = 0
  }
  const inputs = { logits: { shape: [n, classes], data: logits }, labels: { shape: [n], data: targets } }
  return { layer, attrs: { classes, scale: 0.25 }, inputs }
}

/** The same with rows of equal logits: every class is the maximum, also where it is -0. */
function levelCase(layer: Loss['name'], classes: number, random: Random): Case {
  const c = sparseCase(layer, 2, classes, random)
  const { logits, labels } = c.inputs
  const data = new Float64Array(4 * classes).fill(-0)
  data.set(logits.data)
  data.fill(random.integer(5) - 2, 3 * classes)
  const targets = Int32Array.from([...labels.data, classes - 1, random.integer(classes)])
  return changed(c, { inputs: { logits: { shape: [4, classes], data }, labels: { shape: [4], data: targets } } })
}

function lossSweeps(layer: Loss['name']): Sweep[] {
  return [
    sweep('rows', longer, (n, random) => sparseCase(layer, n, 3, random)),
    sweep('classes', longer, (classes, random) => levelCase(layer, classes, random)),
    sweep('logits', [square], (size, random) => sparseCase(layer, size, size, random)),
  ]
}

/** What a row adds to the loss, and its gradient, both before `scale`. */
export interface RowErrors {
  readonly term: Approx
  readonly gradient: readonly Approx[]
}

export interface LossTheory {
  /** The formula of one row in running error analysis. */
  row(r: Running, logits: readonly Approx[], label: number, conventions: Conventions): RowErrors
  neighbourhood(c: Case): Neighbourhood
  readonly laws: readonly Law[]
}

export interface LossSpec extends LayerSpec {
  /** Exact values and error bounds where the logits themselves may be off by `errors`, as they are in a net. */
  approximate(c: Case, unit: Unit, errors?: NdArray): { readonly loss: Approx; readonly dlogits: readonly Approx[] }
}

export function scaleOf(c: Case): number {
  return typeof c.attrs.scale === 'number' ? c.attrs.scale : 1 / inputOf(c, 'labels').data.length
}

/** The two classification losses have one form; each file gives its own formulas. */
export function lossSpec(loss: Loss, { row, neighbourhood, laws }: LossTheory): LossSpec {
  const cases = lossCases(loss.name, small)
  const dyadic = lossCases(loss.name, { ...small, kinds: ['dyadic', 'ties'] })

  const approximate: LossSpec['approximate'] = (c, unit, errors) => {
    const r = running(unit)
    const scale = r.scalar(scaleOf(c))
    const [logits, targets] = [inputOf(c, 'logits'), inputOf(c, 'labels').data]
    const [n, classes] = logits.shape
    const terms: Approx[] = []
    const dlogits: Approx[] = []
    for (let i = 0; i < n; i++) {
      const own = Array.from({ length: classes }, (_, k): Approx => {
        const at = i * classes + k
        return { value: logits.data[at], error: errors?.data[at] ?? 0 }
      })
      const { term, gradient } = row(r, own, targets[i], unit.conventions)
      terms.push(term)
      for (const g of gradient) dlogits.push(r.mul(scale, g))
    }
    return { loss: r.mul(scale, r.sum(terms)), dlogits }
  }

  return {
    layer: loss.name,
    cases,
    large: lossCases(loss.name, large),
    long: { deep: lossCases(loss.name, deep), batch: lossCases(loss.name, batch) },

    call(scope, inputs, c, _dy, want) {
      const { scale } = c.attrs
      const given = { logits: tensorOf(inputs, 'logits'), labels: labelsOf(inputs, 'labels') }
      const { loss: value, saved } = loss.forward(scope, given, typeof scale === 'number' ? { scale } : {})
      return want.dlogits === false ? { loss: value } : { loss: value, ...loss.backward(scope, saved, want) }
    },

    approximate,

    bounds(c, results, _magnitudes, unit) {
      const { loss, dlogits } = approximate(c, unit)
      return elementwise(results, { loss: [loss.error], dlogits: dlogits.map(({ error }) => error) })
    },

    gradients: { logits: 'dlogits' },
    neighbourhood,
    laws: [...commonLaws(dyadic), ...laws],
    sweeps: lossSweeps(loss.name),
    common: [
      subnormals(
        [(c, exponent) => changed(c, { attrs: { scale: scaleOf(c) * 2 ** exponent } })],
        lossCases(loss.name, { ...small, kinds: ['normal', 'dyadic'] }),
      ),
    ],
  }
}

function commonLaws(dyadic: fc.Arbitrary<Case>): Law[] {
  return [
    batchOrder({ inputs: ['logits', 'labels'], outputs: ['dlogits'], sums: ['loss'] }),
    // Each with a scale of its own, or 1/N would tell the parts apart.
    { ...independentParts('rows', 'rows', { logits: 0, labels: 0 }, { dlogits: 0 }), cases: dyadic.map(withScale) },

    related(
      'shift',
      'a constant added to all logits of a row changes nothing',
      (c) => {
        const classes = Number(c.attrs.classes)
        const constant = (i: number) => 32 * ((Math.floor(i / classes) % 5) - 2)
        const shifted = (logits: NdArray) => map(logits, (value, i) => value + constant(i))
        return {
          other: changed(c, { inputs: each(c.inputs, { logits: shifted }) }),
          carry: (r) => each(r, { loss: same, dlogits: same }),
        }
      },
      dyadic,
    ),

    related('classes', 'the order of the classes does not matter', (c) => {
      const classes = Number(c.attrs.classes)
      const { order, back } = shuffle(classes)
      const renamed = ({ shape, data }: NdArray) => ({ shape, data: Int32Array.from(data, (label) => back[label]) })
      return {
        other: changed(c, { inputs: each(c.inputs, { logits: (x) => permute(x, 1, order), labels: renamed }) }),
        carry: (r) => each(r, { loss: same, dlogits: (g) => permute(g, 1, back) }),
      }
    }),

    related('scale', 'a factor on the scale multiplies the loss and the gradient', (c, _conventions, dtype) => {
      const factor = dtype === 'float32' ? 2 : 2 ** 200
      const less = (array: NdArray) => map(array, (value) => value / factor)
      return {
        other: changed(c, { attrs: { scale: factor * scaleOf(c) } }),
        carry: (r) => each(r, { loss: less, dlogits: less }),
      }
    }),

    {
      name: 'balance',
      says: 'the gradient of each row sums to 0: moving all logits of a row changes nothing',
      check: balance,
    },
  ]
}

function withScale(c: Case): Case {
  return changed(c, { attrs: { scale: scaleOf(c) } })
}

async function balance(subject: Subject, c: Case): Promise<void> {
  const [{ dlogits }, bounds] = [await subject.run(c), await subject.bounds(c)]
  const [n, classes] = dlogits.shape
  for (let i = 0; i < n; i++) {
    let [sum, bound] = [0, 0]
    for (let k = i * classes; k < (i + 1) * classes; k++) {
      sum += dlogits.data[k]
      bound += bounds.dlogits.data[k] + classes * 2 ** -53 * Math.abs(dlogits.data[k])
    }
    if (Math.abs(sum) <= bound) continue
    throw new Violation(
      `${c.layer}: balance: the gradient of row ${i} sums to ${sum}, not 0 within ${bound.toExponential(2)}`,
      {
        case: c,
        evidence: {
          law: 'balance',
          output: 'sum(dlogits)',
          index: [i],
          expected: 0,
          got: sum,
          bound,
          broken: 1,
          of: n,
        },
      },
    )
  }
}
