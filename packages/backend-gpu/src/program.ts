import { ConvkitError, type Data } from '@convkit/api'
import { createGraph } from '@convkit/onnx'
import { Builder, encode } from './builder.js'
import { type Feed, planSteps } from './draw.js'
import { planLoop } from './loop.js'
import { isResident, onHost, type Provider, type Resident, type Session } from './providers/provider.js'
import type { Batch } from './record.js'
import type { Version } from './version.js'

/** A structure of calls, compiled: the same for every batch that has it, whatever its values. */
interface Program {
  readonly session: Session
  readonly feeds: readonly Feed[]
  readonly owners: Owners
}

/** Which call of a step a node stands for, by the name of what it gives. */
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
  #closing: Promise<void> | undefined
  readonly #kept = new Map<string, Program>()

  constructor(provider: Provider, limit: number) {
    this.#provider = provider
    this.#limit = limit
  }

  /** Runs a batch and settles its roots. Rejects with a `ConvkitError` that names the call that failed. */
  async run(batch: Batch): Promise<void> {
    const { forms, resident } = this.#provider
    const plan = batch.steps.length > 1 ? planLoop(batch, resident) : planSteps(batch, resident)
    let owners: Owners = new Map()
    try {
      const program = await this.#program(plan.key, async () => {
        const { graph, inputs, outputs, feeds, nodes } = plan.draw(forms)
        // Outputs have their names only now.
        owners = new Map([...nodes].map(([node, call]) => [node.outputs[0].name, call]))
        return {
          session: await this.#provider.createSession({ model: encode(graph, this.#provider.lower), inputs, outputs }),
          feeds,
          owners,
        }
      })
      owners = program.owners
      const scalars = program.feeds.map(({ group, of }) => Float32Array.from(plan.groups, (own) => of(own[group])))
      plan.settle(await this.#run(program.session, [...plan.inputs(), ...scalars]))
    } catch (error) {
      throw explained(error, batch, owners, this.#provider)
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
      const session = await this.#provider.createSession({
        model: encode(graph, this.#provider.lower),
        inputs: [x],
        outputs: [y],
      })
      return { session, feeds: [], owners: new Map() }
    })
    const [value] = await this.#run(program.session, [content])
    return onHost(value)
  }

  /** The second time there is nothing left to close. */
  async close(): Promise<void> {
    this.#closing ??= this.#release()
    await this.#closing
  }

  async #release(): Promise<void> {
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
    const program = known ?? (await compile())
    if (!known) this.counts.compiled++
    // Put last: a map keeps its order.
    this.#kept.delete(key)
    this.#kept.set(key, program)
    for (const [oldest, { session }] of this.#kept) {
      if (this.#kept.size <= this.#limit) break
      this.#kept.delete(oldest)
      await session.release()
    }
    return program
  }
}

function bytesOf(contents: readonly (Data | Resident)[]): number {
  return contents.reduce((sum, content) => sum + (isResident(content) ? 0 : content.byteLength), 0)
}

/** Nodes are named for what they give (`Conv:v12`), and onnxruntime names the node that failed. */
function explained(error: unknown, { steps }: Batch, owners: Owners, provider: Provider): Error {
  const calls = steps[0]
  const message = error instanceof Error ? error.message : String(error)
  const [call = calls.length === 1 ? calls[0] : undefined] = [...message.matchAll(/\w+:([vy]\d+)/g)].flatMap(
    ([, name]) => calls[owners.get(name) ?? -1] ?? [],
  )
  const what = call?.label ?? `one of ${calls.length} calls, ${calls[0].label} to ${calls[calls.length - 1].label}`
  return new ConvkitError(`gpu(${provider.name}): ${what}: ${message}`, { cause: call?.stack ?? error })
}
