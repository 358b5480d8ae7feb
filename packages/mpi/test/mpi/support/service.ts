import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Data } from '@convkit/api'
import type { Command, DType } from '../programs/service.js'
import { startProgram } from './mpirun.js'

type Values = { readonly [name: string]: Data }

/** Ranks that wait for commands. */
export interface Service {
  readonly size: number
  /** What each rank has by each of the names afterwards, from what each had before; as raw bytes in the type given. */
  run(command: Command, inputs: readonly Values[], outputs: { readonly [name: string]: DType }): Promise<Values[]>
  stop(): Promise<number | null>
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

export async function startService(size: number): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'convkit-mpi-'))
  const { child, outcome } = startProgram(size, 'service', [folder])
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('mpirun has no pipes')
  const lines = createInterface({ input: stdout })
  const ended = outcome.then(({ code, stderr }) => {
    throw new Error(`the ranks ended with ${code}: ${stderr}`)
  })
  ended.catch(() => {})
  const path = (name: string, rank: number, way: string) => join(folder, `${name}.${rank}.${way}`)

  return {
    size,
    async run(command, inputs, outputs) {
      for (const [rank, values] of inputs.entries())
        for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(values))
          await writeFile(path(name, rank, 'in'), new Uint8Array(buffer, byteOffset, byteLength))
      const answer = once(lines, 'line')
      stdin.write(`${JSON.stringify(command)}\n`)
      await Promise.race([answer, ended])
      const results: Values[] = []
      for (let rank = 0; rank < size; rank++) {
        const values: [string, Data][] = []
        for (const [name, dtype] of Object.entries(outputs)) {
          const bytes = Uint8Array.from(await readFile(path(name, rank, 'out')))
          values.push([name, new arrays[dtype](bytes.buffer)])
        }
        results.push(Object.fromEntries(values))
      }
      return results
    },
    async stop() {
      stdin.end()
      const { code } = await outcome
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}
