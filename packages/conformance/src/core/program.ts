import {
  type Backend,
  type Data,
  type DType,
  dtypeOf,
  type FloatDType,
  isComposed,
  type KernelInfo,
  kernelIn,
  queued,
  type RunKernel,
  Scope,
  type Shape,
} from '@convkit/api'
import { type RecordedCall, recording } from './calls.js'
import type { Case, NdArray, Results } from './case.js'
import { changed } from './inputs.js'
import { perBackend } from './perBackend.js'
import type { Subject, Want } from './spec.js'
import { queue } from './subject.js'
import type { Workspace } from './workspace.js'

/** Something that a recorded case allocates, before it has a storage. */
interface Token {
  readonly length: number
  readonly dtype: DType
}

/** The kernel calls of a case, on no storages yet. */
export interface Recorded {
  readonly case: Case
  readonly calls: readonly RecordedCall<string>[]
  /** The inputs and `dy`, with what the case says of them. */
  readonly operands: ReadonlyMap<string, { readonly token: Token; readonly shape: Shape; readonly data: Data }>
  readonly outputs: ReadonlyMap<string, { readonly token: Token; readonly shape: Shape }>
  /** What else the layer uploads: masks. */
  readonly uploads: readonly (readonly [Token, Data])[]
}

/** Keeps what is written and called, instead of doing it. */
const recorderOf = perBackend(({ name, description, kernels, conventions, compose }, dtype) => {
  const calls: RecordedCall<string>[] = []
  const written: [Token, Data][] = []
  const symbolic: Backend = {
    ...{ name, description, kernels },
    ...(conventions && { conventions }),
    ...(compose && { compose }),
    alloc: (length, dtype): Token => ({ length, dtype }),
    free() {},
    // Every storage here is one of the tokens above.
    write(token, data) {
      written.push([token as Token, data])
    },
    read: () => Promise.reject(new Error('a recorded case has no values')),
  }
  return { calls, written, backend: recording(symbolic, dtype, calls) }
})

/** Makes no call and allocates nothing. Throws `UnsupportedError` where the backend has no such kernel, or refuses it. */
export function record({ spec, backend, dtype }: Subject, c: Case, want: Want = {}): Recorded {
  const recorder = recorderOf(backend, dtype)
  recorder.calls.length = 0
  recorder.written.length = 0
  const { outputs } = queue(spec, new Scope(recorder.backend), dtype, c, want)
  const [calls, written] = [[...recorder.calls], [...recorder.written]]
  const named = Object.entries(c.dy ? { ...c.inputs, dy: c.dy } : c.inputs)
  return {
    case: c,
    calls,
    operands: new Map(
      named.map(([name, { shape }], i) => {
        const [token, data] = written[i]
        return [name, { token, shape, data }]
      }),
    ),
    outputs: new Map(
      Object.entries(outputs).map(([name, { storage, shape }]) => [name, { token: storage as Token, shape }]),
    ),
    uploads: written.slice(named.length),
  }
}

interface Place {
  readonly storage: unknown
  readonly shape: Shape
}

/** The calls of a case on storages that stay, to be made again and again. */
export interface Program {
  readonly recorded: Recorded
  readonly operands: ReadonlyMap<string, Place>
  readonly outputs: ReadonlyMap<string, Place>
  /** All that the calls touch, in the order in which they first do. */
  readonly storages: readonly unknown[]
  /** Writes operands as the case has them, all or those named, and what else the layer uploads. */
  load(names?: readonly string[]): void
  forward(): void
  /** From the first call on that is given `dy`. */
  backward(): void
  run(): void
}

/** Looked up anew at each call. */
function runOf(backend: Backend, dtype: FloatDType, kernel: KernelInfo<string>): RunKernel<unknown> {
  const own = kernelIn(backend.kernels[dtype], kernel.layer, kernel.method)
  if (own) return own.run
  return (call) => (isComposed(kernel) ? backend.compose?.(kernel, call) : undefined)
}

/** Storages go by the names of operands and outputs, or by those that `rename` gives them. */
export function bind(
  { backend, dtype }: Subject,
  recorded: Recorded,
  workspace: Workspace,
  rename: (name: string) => string = (name) => name,
): Program {
  const storages = new Map<unknown, unknown>()
  const place = (name: string, token: Token) => {
    const storage = storages.get(token) ?? workspace.storage(rename(name), token.length, token.dtype)
    storages.set(token, storage)
    return storage
  }
  const placesOf = (all: ReadonlyMap<string, { readonly token: Token; readonly shape: Shape }>) =>
    new Map(Array.from(all, ([name, { token, shape }]) => [name, { storage: place(name, token), shape }]))
  const operands = placesOf(recorded.operands)
  const outputs = placesOf(recorded.outputs)

  const runs = recorded.calls.map(({ kernel, call }, at) => {
    const { method, name, operands } = kernel
    const run = runOf(backend, dtype, kernel)
    const own = call.storages.map((token, i) =>
      // Every storage of a recorded case is a token.
      token === null ? null : place(`${method} ${at} ${operands[i]}`, token as Token),
    )
    return () => queued(`kernel ${name}`, run({ ...call, storages: own }))
  })
  const dy = recorded.operands.get('dy')?.token
  const isBackward = ({ kernel, call }: RecordedCall<string>) =>
    kernel.method === 'backward' || (dy !== undefined && call.storages.includes(dy))
  const found = recorded.calls.findIndex(isBackward)
  const [forward, backward] = found < 0 ? [runs, []] : [runs.slice(0, found), runs.slice(found)]

  const call = (list: readonly (() => void)[]) => () => {
    for (const run of list) run()
  }
  return {
    recorded,
    operands,
    outputs,
    storages: [...storages.values()],

    load(names = [...operands.keys()]) {
      for (const name of names) {
        const operand = recorded.operands.get(name)
        if (operand) backend.write(storages.get(operand.token), operand.data)
      }
      for (const [token, data] of recorded.uploads) backend.write(storages.get(token), data)
    },

    forward: call(forward),
    backward: call(backward),
    run: call(runs),
  }
}

/** Reads are queued before this returns: calls that follow do not change what they give. */
export function readOutputs({ backend }: Subject, { outputs }: Program): Promise<Results> {
  return readAll(Array.from(outputs, ([name, { storage, shape }]) => [name, shape, backend.read(storage)]))
}

/** The case as its operands stand now, of which only the named ones are read; queued likewise. */
export function readOperands({ backend }: Subject, program: Program, names: readonly string[]): Promise<Case> {
  const reads = names.flatMap((name): Read[] => {
    const operand = program.operands.get(name)
    return operand ? [[name, operand.shape, backend.read(operand.storage)]] : []
  })
  return handled(
    readAll(reads).then(({ dy, ...inputs }) => changed(program.recorded.case, { inputs, ...(dy ? { dy } : {}) })),
  )
}

type Read = readonly [name: string, shape: Shape, data: Promise<Data>]

function readAll(reads: readonly Read[]): Promise<Results> {
  const arrays = reads.map(async ([name, shape, promise]): Promise<[string, NdArray]> => {
    const data = await promise
    return [name, { shape, data: dtypeOf(data) === 'int32' ? (data as Int32Array) : Float64Array.from(data) }]
  })
  return handled(Promise.all(arrays).then((entries) => Object.fromEntries(entries)))
}

/** Whoever waits for it sees it reject; who fails before need not. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
