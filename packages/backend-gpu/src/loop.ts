import type { Data } from '@convkit/api'
import { createGraph, type Model } from '@convkit/onnx'
import { Builder, type Value } from './builder.js'
import { drawn, drawStep, feeding, input, type Plan, planSteps } from './draw.js'
import { type OutputSpec, onHost, type Resident, type TensorSpec } from './providers/provider.js'
import type { Batch } from './record.js'
import { keyOf } from './structure.js'
import type { Version } from './version.js'

/** How values go from step to step. Numbers are ids: positions in the structure that all steps share. */
interface Flow {
  /** Every step's values, by id. */
  readonly versions: readonly (readonly Version[])[]
  /** What all steps read and none writes. */
  readonly constant: readonly number[]
  /** A step reads at the first id what the step before made at the second. */
  readonly carried: readonly (readonly [reads: number, makes: number])[]
  /** What each step has of its own: images, labels. */
  readonly stacked: readonly number[]
  /** What lives on of the last step alone. */
  readonly last: readonly number[]
  /** What lives on of more steps: losses. */
  readonly every: readonly number[]
}

/**
 * Several equal steps as one `Loop`, whose state never leaves the device: the only way to keep it there where every run
 * ends on the host. Steps that do not fit a loop are drawn one after another.
 */
export function planLoop(batch: Batch, resident: boolean): Plan {
  const { steps, roots } = batch
  const [step] = steps
  const structures = steps.map(keyOf)
  const [structure] = structures
  const flow = flowOf(
    batch,
    structures.map(({ versions }) => versions),
  )
  if (!flow) return planSteps(batch, resident)
  const { versions, constant, carried, stacked, last, every } = flow
  const [first] = versions
  const count = steps.length
  const described = (ids: readonly number[]) => ids.map((id) => `${id} ${first[id].dtype} ${first[id].shape}`).join()
  const key = [
    `loop ${count}`,
    structure.key,
    described(constant),
    described(carried.map(([reads]) => reads)),
    carried.map(([, makes]) => makes).join(),
    described(stacked),
    last.join(),
    every.join(),
  ].join('|')
  // What the loop hands on without a step reading it.
  const kept = last.filter((id) => !carried.some(([, makes]) => makes === id))

  return {
    key,
    groups: structures.map(({ groups }) => groups),

    draw(forms) {
      const graph = createGraph({ opset: forms.opset })
      const outer = new Builder(forms, graph)
      const body = graph.subgraph('step')
      const g = new Builder(forms, body)
      const inputs: TensorSpec[] = []
      const outside = (id: number, shape: readonly number[]) => {
        const spec = { name: `x${inputs.length}`, dtype: first[id].dtype, shape }
        inputs.push(spec)
        return input(outer, spec)
      }
      const values = new Map<Version, Value>()
      const at = g.input('at', 'int64', [])
      const goes = g.input('goes', 'bool', [])
      const own = (all: Value) => g.op('Gather', [all, at], { axis: 0 }, all.shape.slice(1), all.dtype)
      for (const id of constant) values.set(first[id], outside(id, first[id].shape))
      const states = carried.map(([reads]) => outside(reads, first[reads].shape))
      for (const [i, [reads]] of carried.entries())
        values.set(first[reads], g.input(`state${i}`, states[i].dtype, states[i].shape))
      for (const id of stacked) values.set(first[id], own(outside(id, [count, first[id].length])))
      const { feeds, feed } = feeding(outer, inputs, [count, 1], own)
      const nodes = drawStep(g, step, structure, values, feed)

      for (const [i] of kept.entries()) g.input(`kept${i}`, 'float32', [first[kept[i]].length])
      body.output(g.op('Identity', [goes], {}, [], 'bool'))
      const flat = (id: number) => g.reshape(drawn(values, first[id]), [first[id].length])
      const next = carried.map(([, makes], i) => g.reshape(drawn(values, first[makes]), states[i].shape))
      const given = [...next, ...kept.map(flat), ...every.map(flat)].map((value) => body.output(value))
      const zeros = kept.map((id) => outer.expand(outer.scalar(0), [first[id].length]))
      const trips = outer.constant(BigInt64Array.of(BigInt(count)), [])
      const always = outer.constant(Uint8Array.of(1), [])
      const shapes = given.map(({ dtype, shape }, i) => {
        const scanned = i >= next.length + kept.length
        return { dtype, shape: scanned ? [count, ...shape] : shape }
      })
      const results = graph.node('Loop', [trips, always, ...states, ...zeros], { body }, shapes)
      return { graph, inputs, outputs: outputsOf(graph, results), feeds, nodes }
    },

    inputs: () => [
      ...[...constant, ...carried.map(([reads]) => reads)].map((id) => first[id].content),
      ...stacked.map((id) => stack(versions.map((own) => own[id]))),
    ],

    settle(values) {
      const living = new Set(roots)
      const settle = (version: Version, value: () => Data | Resident) => {
        if (living.has(version)) version.settle(value())
      }
      const end = versions[count - 1]
      for (const [i, id] of [...carried.map(([, makes]) => makes), ...kept].entries()) settle(end[id], () => values[i])
      for (const [i, id] of every.entries()) {
        const all = onHost(values[carried.length + kept.length + i])
        const { length } = first[id]
        for (const [at, own] of versions.entries()) settle(own[id], () => all.slice(at * length, (at + 1) * length))
      }
    },
  }
}

function outputsOf(graph: Model, results: readonly Value[]): OutputSpec[] {
  return results.map((result, i) => {
    const { name, dtype, shape } = graph.output(result, `y${i}`)
    return { name, dtype: dtype === 'int32' ? 'int32' : 'float32', shape, resident: false }
  })
}

/** Null where a step reads what only an unrolled one can. */
function flowOf({ steps, leaves, roots }: Batch, versions: Flow['versions']): Flow | null {
  const outside = new Set(leaves)
  const living = new Set(roots)
  const [first] = versions
  const made = new Set(steps[0].flatMap(({ args }) => args.flatMap((arg) => (arg?.writes ? [arg.writes] : []))))
  const constant: number[] = []
  const stacked: number[] = []
  const carried: [number, number][] = []
  const last: number[] = []
  const every: number[] = []
  for (const [id, version] of first.entries()) {
    if (made.has(version)) {
      const lives = versions.map((own) => living.has(own[id]))
      if (lives.slice(0, -1).includes(true)) every.push(id)
      else if (lives.at(-1)) last.push(id)
      continue
    }
    const makes = versions[0].indexOf(versions[1][id])
    if (versions.every((own) => own[id] === version)) constant.push(id)
    else if (versions.every((own) => outside.has(own[id]))) stacked.push(id)
    else if (makes >= 0 && versions.slice(1).every((own, before) => own[id] === versions[before][makes]))
      carried.push([id, makes])
    else return null
  }
  return { versions, constant, carried, stacked, last, every }
}

/** One array of what each step has of its own. */
function stack(versions: readonly Version[]): Data {
  const [{ length, dtype }] = versions
  const total = versions.length * length
  const all = dtype === 'int32' ? new Int32Array(total) : new Float32Array(total)
  for (const [i, version] of versions.entries()) all.set(onHost(version.content), i * length)
  return all
}
