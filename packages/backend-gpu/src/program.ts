import { ConvkitError, type Data } from '@convkit/api'
import { createGraph, type Node } from '@convkit/onnx'
import { Builder, encode, type Value } from './builder.js'
import { type Fed, Operand } from './emit.js'
import type { OutputSpec, Provider, Resident, Session, TensorSpec } from './providers/provider.js'
import type { Batch, Call } from './record.js'
import type { Version } from './version.js'

/** A number that is fed: what `of` makes of the scalars of a group of calls. */
interface Feed {
  readonly group: number
  of(scalars: object): number
}

/** A batch's structure, compiled: the same for every batch of that structure, whatever its values. */
interface Program {
  readonly session: Session
  readonly feeds: readonly Feed[]
  readonly owners: Owners
}

/** Which of a batch's calls a node stands for, by the name of what it gives. */
type Owners = ReadonlyMap<string, number>

export interface Counts {
  /** Programs compiled. */
  compiled: number
  runs: number
  /** Bytes that crossed from the host to a session, and back. */
  uploaded: number
  downloaded: number
}

/** Compiles batches, once a structure, and runs them. At most `limit` sessions are kept; the one unused longest goes first. */
export class Programs {
  readonly counts: Counts = { compiled: 0, runs: 0, uploaded: 0, downloaded: 0 }
  readonly #provider: Provider
  readonly #limit: number
  readonly #kept = new Map<string, Program>()

  constructor(provider: Provider, limit: number) {
    this.#provider = provider
    this.#limit = limit
  }

  /** Runs a batch and settles its roots. Rejects with a `ConvkitError` that names the call that failed. */
  async run(batch: Batch): Promise<void> {
    const { key, groups } = structureOf(batch)
    const program = await this.#program(key, () => this.#compile(batch))
    try {
      const scalars = program.feeds.map(({ group, of }) => Float32Array.of(of(groups[group])))
      const values = await this.#run(program.session, [...batch.leaves.map(({ content }) => content), ...scalars])
      for (const [i, version] of batch.roots.entries()) version.settle(values[i])
    } catch (error) {
      throw explained(error, batch, program.owners, this.#provider)
    }
  }

  /** The values of a tensor on the device: what a program without calls gives back to the host. */
  async read(version: Version): Promise<Data> {
    const { content } = version
    if (!isResident(content)) return content
    const { shape } = content
    const program = await this.#program(`read ${version.dtype} ${shape}`, async () => {
      const graph = createGraph({ opset: this.#provider.forms.opset })
      const g = new Builder(this.#provider.forms, graph)
      const flat = g.ints([version.length])
      graph.output(
        g.op('Reshape', [g.input('x', version.dtype, shape), flat], {}, [version.length], version.dtype),
        'y',
      )
      const x = { name: 'x', dtype: version.dtype, shape }
      const y = { name: 'y', dtype: version.dtype, shape: [version.length], resident: false }
      return {
        session: await this.#provider.createSession({ model: encode(graph), inputs: [x], outputs: [y] }),
        feeds: [],
        owners: new Map(),
      }
    })
    const [value] = await this.#run(program.session, [content])
    return value as Data
  }

  async close(): Promise<void> {
    const all = [...this.#kept.values()]
    this.#kept.clear()
    for (const { session } of all) await session.release()
    await this.#provider.close?.()
  }

  async #run(session: Session, inputs: readonly (Data | Resident)[]): Promise<readonly (Data | Resident)[]> {
    const values = await session.run(inputs)
    this.counts.runs++
    this.counts.uploaded += bytesOf(inputs)
    this.counts.downloaded += bytesOf(values)
    return values
  }

  async #program(key: string, compile: () => Promise<Program>): Promise<Program> {
    const known = this.#kept.get(key)
    // Put last again: a map keeps its order.
    if (known) this.#kept.delete(key)
    const program = known ?? (await compile())
    this.#kept.set(key, program)
    if (!known) this.counts.compiled++
    for (const [oldest, { session }] of this.#kept) {
      if (this.#kept.size <= this.#limit) break
      this.#kept.delete(oldest)
      await session.release()
    }
    return program
  }

  async #compile(batch: Batch): Promise<Program> {
    const { forms, resident } = this.#provider
    const graph = createGraph({ opset: forms.opset })
    const { values, inputs, feeds, nodes } = draw(new Builder(forms, graph), batch)
    const outputs = batch.roots.map((version, i): OutputSpec => {
      const value = graph.output(values.get(version) as Value, `y${i}`) as Value
      return { name: value.name, dtype: version.dtype, shape: value.shape, resident: resident && !version.wanted }
    })
    // Outputs have their names only now.
    const owners = new Map([...nodes].map(([node, call]) => [node.outputs[0].name, call]))
    try {
      const session = await this.#provider.createSession({ model: encode(graph), inputs, outputs })
      return { session, feeds, owners }
    } catch (error) {
      throw explained(error, batch, owners, this.#provider)
    }
  }
}

interface Drawing {
  readonly values: ReadonlyMap<Version, Value>
  readonly inputs: readonly TensorSpec[]
  readonly feeds: readonly Feed[]
  readonly nodes: ReadonlyMap<Node, number>
}

/** Draws every call of a batch, one after another. */
function draw(g: Builder, batch: Batch): Drawing {
  const values = new Map<Version, Value>()
  const inputs: TensorSpec[] = []
  const fed = new Map<string, Value>()
  const feeds: Feed[] = []
  const scalarInputs: TensorSpec[] = []
  const nodes = new Map<Node, number>()
  for (const [i, version] of batch.leaves.entries()) {
    const spec = { name: `x${i}`, dtype: version.dtype, shape: version.shape }
    inputs.push(spec)
    values.set(version, g.input(spec.name, spec.dtype, spec.shape))
  }
  const groupOf = grouping(batch)
  for (const [at, call] of batch.calls.entries()) {
    const from = g.graph.nodes.length
    const operands = call.args.map((arg) => arg && new Operand(g, arg.reads ? (values.get(arg.reads) ?? null) : null))
    const group = groupOf.get(call) ?? 0
    const feed = (name: string, of = (scalars: object): number => Reflect.get(scalars, name)) => {
      const key = `${group} ${name}`
      const known = fed.get(key)
      if (known) return known
      const spec = { name: `s${feeds.length}`, dtype: 'float32' as const, shape: [1] }
      const value = g.input(spec.name, spec.dtype, spec.shape)
      fed.set(key, value)
      feeds.push({ group, of })
      scalarInputs.push(spec)
      return value
    }
    // `feed` is the request of any call's scalars, whose types only its emitter knows.
    call.emit(g, call.d, ...(call.scalars ? [feed as Fed<object>] : []), ...operands)
    for (const [i, arg] of call.args.entries()) {
      const value = operands[i]?.value
      if (arg?.writes && value) values.set(arg.writes, value)
    }
    for (const node of g.graph.nodes.slice(from)) nodes.set(node, at)
  }
  return { values, inputs: [...inputs, ...scalarInputs], feeds, nodes }
}

/** What tells batches apart that need a program of their own, and the scalars of the others' calls. */
function structureOf(batch: Batch): { readonly key: string; readonly groups: readonly object[] } {
  const ids = new Map<Version, number>()
  const idOf = (version: Version | null | undefined) => {
    if (!version) return '-'
    const id = ids.get(version) ?? ids.size
    ids.set(version, id)
    return id
  }
  const groups: object[] = []
  const groupOf = grouping(batch, groups)
  const parts = batch.leaves.map((version) => `${idOf(version)}${version.dtype}${version.shape}`)
  for (const call of batch.calls) {
    const args = call.args.map((arg) => `${idOf(arg?.reads)}>${idOf(arg?.writes)}`)
    parts.push(`${call.label}${JSON.stringify(call.d)}${groupOf.get(call) ?? ''}(${args})`)
  }
  parts.push(`${batch.roots.map((version) => `${idOf(version)}${version.wanted ? 'w' : ''}`)}`)
  return { key: parts.join(';'), groups }
}

/** Calls of one method with equal scalars share what is fed. `groups` gets the scalars of each. */
function grouping({ calls }: Batch, groups: object[] = []): Map<Call, number> {
  const known = new Map<string, number>()
  const result = new Map<Call, number>()
  for (const call of calls) {
    if (!call.scalars) continue
    // Not as JSON, which has no infinities.
    const key = `${call.label} ${Object.entries(call.scalars)}`
    const group = known.get(key) ?? groups.length
    if (group === groups.length) groups.push(call.scalars)
    known.set(key, group)
    result.set(call, group)
  }
  return result
}

function isResident(content: Data | Resident): content is Resident {
  return 'dispose' in content
}

function bytesOf(contents: readonly (Data | Resident)[]): number {
  return contents.reduce((sum, content) => sum + (isResident(content) ? 0 : content.byteLength), 0)
}

/** Nodes are named for what they give (`Conv:v12`), and onnxruntime names the node that failed. */
function explained(error: unknown, { calls }: Batch, owners: Owners, provider: Provider): Error {
  const message = error instanceof Error ? error.message : String(error)
  const [call = calls.length === 1 ? calls[0] : undefined] = [...message.matchAll(/\w+:([vy]\d+)/g)].flatMap(
    ([, name]) => calls[owners.get(name) ?? -1] ?? [],
  )
  const what = call?.label ?? `one of ${calls.length} calls, ${calls[0].label} to ${calls[calls.length - 1].label}`
  return new ConvkitError(`gpu(${provider.name}): ${what}: ${message}`, { cause: call?.stack ?? error })
}
