import { DataError, Scope } from '@convkit/api'
import type { Case, NdArray, Results } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import { sum, upload } from '../core/subject.js'
import type { Unit } from '../core/unit.js'
import { inexact } from '../training/inexact.js'
import { updateSpecs } from '../updates/specs.js'
import type { UpdateSpec } from '../updates/update.js'
import { againstOracle, type Bench, type Comparison, speaksOf, subjectOf, unitOfFile } from './comparison.js'
import { expectedResults, input, number, type ReferenceFile } from './file.js'

/**
 * As many steps as the file has gradients. In float64 in a row, errors carried along; in float32, or under a convention that is
 * not the file's, one by one, each from the state that float64 reached.
 */
export async function compareOptimizer(file: ReferenceFile, bench: Bench): Promise<Comparison[]> {
  const spec = updateSpecs.find(({ layer }) => layer === file.layer)
  if (!spec) throw new DataError(`no optimizer is called ${file.layer}`)
  const subject = subjectOf(spec, bench)
  const own = trajectory(file, spec, subject.unit)
  if (bench.dtype === 'float32' || !speaksOf(bench.backend, [file.layer])) {
    const steps: Comparison[] = []
    for (const c of own.cases) steps.push(await againstOracle(subject, c))
    return steps
  }
  const { errors } = trajectory(file, spec, unitOfFile(file))
  const got = { w: await takeSteps(bench, spec, own.cases) }
  return [{ case: own.cases[0], got, expected: expectedResults(file), bounds: sum({ w: own.errors }, { w: errors }) }]
}

/** The case of each step, and how far each parameter may be off after each step at `unit`: (steps, ...). */
function trajectory(file: ReferenceFile, spec: UpdateSpec, unit: Unit): { cases: Case[]; errors: NdArray } {
  const w = input(file, 'in.w')
  const grads = input(file, 'in.grads')
  const [steps, ...shape] = grads.shape
  if (shape.join() !== w.shape.join())
    throw new DataError(`${file.layer}: in.grads must have shape [steps,${w.shape}], got [${grads.shape}]`)
  const attrs = Object.fromEntries(spec.hyperparameters.map((name) => [name, number(file, name)]))
  const size = w.data.length
  let state: Results = { w, ...Object.fromEntries(spec.slots.map((slot) => [slot, zeros(w)])) }
  let errors: Results = {}
  const cases: Case[] = []
  const after = new Float64Array(grads.data.length)
  for (let k = 0; k < steps; k++) {
    const g = { shape, data: grads.data.slice(k * size, (k + 1) * size) }
    const c = { layer: spec.layer, attrs: { ...attrs, step: k + 1 }, inputs: { ...state, g } }
    const results = Object.entries(spec.approximate(c, unit, errors)).map(
      ([name, list]) => [name, inexact(w, list)] as const,
    )
    state = Object.fromEntries(results.map(([name, { value }]) => [name, value]))
    errors = Object.fromEntries(results.map(([name, { error }]) => [name, error]))
    after.set(errors.w.data, k * size)
    cases.push(c)
  }
  return { cases, errors: { shape: grads.shape, data: after } }
}

function zeros({ shape, data }: NdArray): NdArray {
  return { shape, data: new Float64Array(data.length) }
}

/** The parameter after each step, with the state kept on the backend. */
async function takeSteps({ backend, dtype }: Bench, spec: UpdateSpec, cases: readonly Case[]): Promise<NdArray> {
  using scope = new Scope(backend)
  const [first] = cases
  const state = Object.fromEntries(
    ['w', ...spec.slots].map((name) => [name, upload(scope, dtype, inputOf(first, name), 0)]),
  )
  const reads = cases.map((c) => {
    spec.call(scope, { ...state, g: upload(scope, dtype, inputOf(c, 'g'), 0) }, c, null, {})
    return state.w.read()
  })
  const values = await Promise.all(reads)
  return {
    shape: [cases.length, ...inputOf(first, 'w').shape],
    data: Float64Array.from(values.flatMap((data) => Array.from(data))),
  }
}
