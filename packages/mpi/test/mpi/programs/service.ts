import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Backend, batchNorm, type Data, Scope, withSyncBatchNorm } from '@convkit/api'
import { createWasm } from '@convkit/backend-wasm'
import { createMpi } from '@convkit/mpi'
import { broadcastBytes } from '@convkit/nn'

// Carries out what rank 0 reads from its input, a JSON line a command, between files in a folder; answers each with a line.

export type DType = 'float32' | 'float64' | 'int32'
export type Command =
  | { readonly call: 'allreduce'; readonly dtype: DType; readonly operation: 'sum' | 'min' | 'max' }
  | { readonly call: 'broadcast'; readonly dtype: DType; readonly root: number }
  | {
      readonly call: 'batchNorm'
      readonly shapes: readonly (readonly number[])[]
      readonly eps: number
      readonly momentum: number
    }
  | { readonly call: 'fail' }

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }
const folder = process.argv[2] ?? ''
const mpi = await createMpi()

function input(name: string, dtype: DType): Data {
  const bytes = readFileSync(join(folder, `${name}.${mpi.rank}.in`))
  return new arrays[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

function output(name: string, data: Data): void {
  writeFileSync(join(folder, `${name}.${mpi.rank}.out`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

let backend: Backend | undefined

async function carryOut(command: Command): Promise<void> {
  if (command.call === 'allreduce') {
    const data = input('data', command.dtype)
    await mpi.allreduce(data, command.operation)
    output('data', data)
  } else if (command.call === 'broadcast') {
    const data = input('data', command.dtype)
    await mpi.broadcast(data, command.root)
    output('data', data)
  } else if (command.call === 'batchNorm') {
    backend ??= withSyncBatchNorm(await createWasm({ threads: 1 }), (values) => mpi.allreduce(values))
    using scope = new Scope(backend)
    const shape = command.shapes[mpi.rank] ?? []
    const channels = [shape[1] ?? 0]
    const on = (name: string, shape: readonly number[]) => scope.from(Float32Array.from(input(name, 'float32')), shape)
    const [x, dy] = [on('x', shape), on('dy', shape)]
    const [gamma, beta] = [on('gamma', channels), on('beta', channels)]
    const [runningMean, runningVar] = [on('runningMean', channels), on('runningVar', channels)]
    const { eps, momentum } = command
    const { y, saved } = batchNorm.forward(
      scope,
      { x, gamma, beta, runningMean, runningVar },
      { mode: 'train', eps, momentum },
    )
    const { dx, dgamma, dbeta } = batchNorm.backward(scope, dy, saved)
    const { mean, variance } = saved
    for (const [name, tensor] of Object.entries({ y, dx, dgamma, dbeta, mean, variance, runningMean, runningVar }))
      output(name, await tensor.read())
  } else throw new Error(`rank ${mpi.rank} was told to fail`)
}

const none = new Uint8Array()
const lines = mpi.rank === 0 ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : null
for (;;) {
  const line = await lines?.next()
  const text = line?.done === true ? 'null' : (line?.value ?? '')
  const bytes = await broadcastBytes(mpi, lines ? new TextEncoder().encode(text) : none)
  const command: Command | null = JSON.parse(new TextDecoder().decode(bytes))
  if (!command) break
  await carryOut(command)
  await mpi.barrier()
  if (lines) process.stdout.write('done\n')
}
await mpi.close()
