import type { Data } from '@convkit/api'
import { createGraph, type Model, type Node } from '@convkit/onnx'
import { Builder, type Value } from './builder.js'
import type { Step } from './call.js'
import { Operand } from './emit.js'
import type { Forms, OutputSpec, Resident, TensorSpec } from './providers/provider.js'
import type { Batch } from './record.js'
import { keyOf, type Structure } from './structure.js'
import type { Version } from './version.js'

/** A number that is fed: what `of` makes of the scalars of a group of calls. */
export interface Feed {
  readonly group: number
  of(scalars: object): number
}

export interface Drawing {
  readonly graph: Model
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly OutputSpec[]
  /** Follow the other inputs. */
  readonly feeds: readonly Feed[]
  /** The call of a step that each node stands for. */
  readonly nodes: ReadonlyMap<Node, number>
}

/** How a batch becomes a program: batches with equal keys can share one. */
export interface Plan {
  readonly key: string
  /** The scalars of each step. */
  readonly groups: readonly (readonly object[])[]
  draw(forms: Forms): Drawing
  inputs(): (Data | Resident)[]
  settle(values: readonly (Data | Resident)[]): void
}

/** Calls one after another, as they were recorded. `resident`: results stay on the device where nobody waits for them. */
export function planSteps({ steps, leaves, roots }: Batch, resident: boolean): Plan {
  const calls = steps.flat()
  const structure = keyOf(calls)
  const ids = new Map(structure.versions.map((version, id) => [version, id]))
  const stays = roots.map(({ wanted }) => resident && !wanted)
  const key = [
    structure.key,
    leaves.map((version) => `${ids.get(version)} ${version.dtype} ${version.shape}`).join(),
    roots.map((version, i) => `${ids.get(version)} ${stays[i]}`).join(),
  ].join('|')
  return {
    key,
    groups: [structure.groups],

    draw(forms) {
      const graph = createGraph({ opset: forms.opset })
      const g = new Builder(forms, graph)
      const inputs = leaves.map((version, i) => ({ name: `x${i}`, dtype: version.dtype, shape: version.shape }))
      const values = new Map(leaves.map((version, i) => [version, input(g, inputs[i])]))
      const { feeds, feed } = feeding(g, inputs, [1], (value) => value)
      const nodes = drawStep(g, calls, structure, values, feed)
      const outputs = roots.map((version, i): OutputSpec => {
        const value = graph.output(drawn(values, version), `y${i}`)
        return { name: value.name, dtype: version.dtype, shape: value.shape, resident: stays[i] }
      })
      return { graph, inputs, outputs, feeds, nodes }
    },

    inputs: () => leaves.map(({ content }) => content),

    settle(values) {
      for (const [i, version] of roots.entries()) version.settle(values[i])
    },
  }
}

export function input(g: Builder, { name, dtype, shape }: TensorSpec): Value {
  return g.input(name, dtype, shape)
}

export function drawn(values: ReadonlyMap<Version, Value>, version: Version): Value {
  const value = values.get(version)
  if (!value) throw new Error('gpu: a call did not set one of its outputs')
  return value
}

type FeedOf = (group: number, name: string, of: (scalars: object) => number) => Value

/** Adds an input for every number asked for, once each; `inside` makes of it what a call gets. */
export function feeding(
  g: Builder,
  inputs: TensorSpec[],
  shape: readonly number[],
  inside: (value: Value) => Value,
): { readonly feeds: readonly Feed[]; readonly feed: FeedOf } {
  const feeds: Feed[] = []
  const known = new Map<string, Value>()
  return {
    feeds,
    feed(group, name, of) {
      const key = `${group} ${name}`
      const seen = known.get(key)
      if (seen) return seen
      const spec = { name: `s${feeds.length}`, dtype: 'float32' as const, shape }
      inputs.push(spec)
      feeds.push({ group, of })
      const value = inside(input(g, spec))
      known.set(key, value)
      return value
    },
  }
}

/** Draws every call of a step, one after another; `values` has what it starts from, and then all that it makes. */
export function drawStep(
  g: Builder,
  step: Step,
  { groupOf }: Structure,
  values: Map<Version, Value>,
  feed: FeedOf,
): ReadonlyMap<Node, number> {
  const nodes = new Map<Node, number>()
  for (const [at, call] of step.entries()) {
    const from = g.graph.nodes.length
    const operands = call.args.map((arg) => arg && new Operand(g, arg.reads && drawn(values, arg.reads)))
    const group = groupOf.get(call)
    const fed =
      group === undefined
        ? []
        : [(name: string, of = (scalars: object): number => Reflect.get(scalars, name)) => feed(group, name, of)]
    call.emit(g, call.d, ...fed, ...operands)
    for (const [i, arg] of call.args.entries()) {
      const value = operands[i]?.value
      if (arg?.writes && value) values.set(arg.writes, value)
    }
    for (const node of g.graph.nodes.slice(from)) nodes.set(node, at)
  }
  return nodes
}
