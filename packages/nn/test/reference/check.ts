import type { Backend } from '@convkit/api'
import { singleSteps } from './bounds/optimizer.js'
import { float32, float64 } from './bounds/rounding.js'
import { lossSpread } from './bounds/spread.js'
import { boundOf, updateFormulas } from './bounds.js'
import { mapInputs, type Outputs, type ReferenceCase, type Values } from './case.js'
import { compare, type Failure } from './compare.js'
import { run } from './run.js'

/** A run, what it is held against, and how far each element may be off. */
export interface Checked {
  readonly got: Outputs
  readonly expected: ReadonlyMap<string, Values>
  readonly bounds: Outputs
}

export function failuresOf({ got, expected, bounds }: Checked): Failure[] {
  return compare(got, expected, bounds)
}

/** A float64 run against the file. Both have rounded, each in its own precision, and both are paid for. */
export async function checkFloat64(backend: Backend, c: ReferenceCase): Promise<Checked> {
  const evaluate = (other: ReferenceCase) => run(backend, 'float64', other)
  const bound = boundOf(c.layer)
  const ours = await bound(c, evaluate, float64)
  const theirs = c.unitRoundoff === float64.u ? ours : await bound(c, evaluate, float32)
  const bounds = new Map<string, Float64Array>(
    [...ours].map(([name, values]) => [name, values.map((value, i) => value + (theirs.get(name)?.[i] ?? Number.NaN))]),
  )
  const got = await evaluate(c)
  if (c.kind === 'model') bounds.set('out.adamLosses', await lossSpread(backend, c, [bounds], float64))
  return { got, expected: c.expected, bounds }
}

/**
 * A float32 run against float64 on the same, rounded, inputs, so that their distance is rounding alone. An optimizer or
 * a model is run for one step at a time, each from the state that float64 reached: no bound holds for long.
 */
export async function checkFloat32(backend: Backend, reference: Backend, c: ReferenceCase): Promise<Checked[]> {
  const cases = await singleStepCases(reference, mapInputs(c, Math.fround))
  const checked: Checked[] = []
  for (const part of cases) {
    const rounded = mapInputs(part, Math.fround)
    const exact = await run(reference, 'float64', rounded)
    const bounds = await boundOf(c.layer)(rounded, (other) => run(reference, 'float64', other), float32)
    const expected = new Map<string, Values>()
    for (const name of bounds.keys()) {
      const data = exact.get(name)
      if (data && (c.kind !== 'layer' || c.expected.has(name))) expected.set(name, { shape: [data.length], data })
    }
    checked.push({ got: await run(backend, 'float32', rounded), expected, bounds })
  }
  return c.kind === 'model' ? [...checked, await checkLossCurve(backend, reference, c, checked)] : checked
}

async function singleStepCases(reference: Backend, c: ReferenceCase): Promise<ReferenceCase[]> {
  const formula = updateFormulas[c.layer]
  if (formula) return singleSteps(c, formula)
  if (c.kind !== 'model') return [c]
  const outputs = await run(reference, 'float64', c)
  return Array.from({ length: outputs.get('out.adamLosses')?.length ?? 0 }, (_, k) => {
    const inputs = [...c.inputs].map(([name, values]): [string, Values] => {
      const data = outputs.get(name.replace('in.', `step${k}.`))
      return [name, data ? { ...values, data } : values]
    })
    return { ...c, attrs: { ...c.attrs, steps: 1 }, inputs: new Map(inputs) }
  })
}

/** Ten float32 steps in a row, inside the spread of disturbed float64 runs. */
async function checkLossCurve(backend: Backend, reference: Backend, c: ReferenceCase, steps: readonly Checked[]) {
  const rounded = mapInputs(c, Math.fround)
  const spread = await lossSpread(
    reference,
    rounded,
    steps.map(({ bounds }) => bounds),
    float32,
  )
  const name = 'out.adamLosses'
  const data = (await run(reference, 'float64', rounded)).get(name) ?? new Float64Array(0)
  const got = (await run(backend, 'float32', rounded)).get(name) ?? new Float64Array(0)
  return {
    got: new Map([[name, got]]),
    expected: new Map([[name, { shape: [data.length], data }]]),
    bounds: new Map([[name, spread]]),
  }
}
