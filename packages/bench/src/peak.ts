import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { type Cost, type FloatDType, mapValues } from '@convkit/api'
import { type Entry, type SamplingBudget, sampleInTurns } from '@convkit/conformance'
import { giga } from './statistics/estimate.js'

type Variant = `${FloatDType}-${'simd' | 'fma'}`

/** The most that one thread of this machine does with 128-bit vectors. */
export interface Peaks {
  /** GFLOP/s of multiply-adds in registers; `fma` is absent where the engine has no relaxed SIMD. */
  readonly chains: { readonly [V in Variant]?: number }
  /** GB/s of a copy too large for the caches, bytes read and bytes written both counted. */
  readonly copy: number
}

const steps = 20_000
/** Of 4 or 2 lanes, and a multiply and an add in each. */
const chainCount = 12
const copyBytes = 2 ** 26
const pageBytes = 65_536

interface Exports {
  readonly memory: WebAssembly.Memory
  chains(steps: number, a: number, b: number): number
  copy(bytes: number): void
}

/** Measures the peaks, as often as it is asked: a clock that ticks slower now may have ticked faster a minute ago. */
export type Probe = (budget: SamplingBudget) => Promise<Peaks>

/** An entry, and the operations or bytes of one call. */
interface Worked extends Entry {
  readonly work: number
}

/** Loads assembly/peak.ts: the chains of every variant that the engine has, and a large copy. */
export async function createProbe(sample = sampleInTurns): Promise<Probe> {
  const entries: Worked[] = []
  const sync = async () => {}
  for (const dtype of ['float32', 'float64'] as const)
    for (const simd of ['simd', 'fma'] as const) {
      const exports = await load(`${dtype}-${simd}`)
      if (!exports) continue
      const work = steps * chainCount * 2 * (dtype === 'float32' ? 4 : 2)
      entries.push({ name: `${dtype}-${simd}`, work, sync, call: () => exports.chains(steps, 1, 0) })
    }
  const exports = await load('float32-simd')
  exports?.memory.grow((2 * copyBytes) / pageBytes)
  entries.push({ name: 'copy', work: 2 * copyBytes, sync, call: () => exports?.copy(copyBytes) })
  return async (budget) => {
    const samples = await sample(entries, budget)
    // A peak is what was reached once.
    const reached = entries.map(({ name, work }, i) => [name, giga(work, Math.min(...samples[i]))])
    const { copy = 0, ...chains } = Object.fromEntries(reached)
    return { chains, copy }
  }
}

/** The higher of each. */
export function higher(a: Peaks, b: Peaks): Peaks {
  const chains = mapValues(a.chains, (reached, variant) => Math.max(reached ?? 0, b.chains[variant] ?? 0))
  return { chains, copy: Math.max(a.copy, b.copy) }
}

/** GFLOP/s that so many threads can reach: the better of both variants, times the threads. */
export function peakOf({ chains }: Peaks, dtype: FloatDType, threads: number): number {
  return Math.max(chains[`${dtype}-simd`] ?? 0, chains[`${dtype}-fma`] ?? 0) * threads
}

/** The least milliseconds that this machine can take on one thread: of arithmetic or of memory, whichever takes longer. */
export function rooflineOf(peaks: Peaks, dtype: FloatDType, { flops, bytes }: Cost): number {
  return Math.max(flops / peakOf(peaks, dtype, 1), bytes / peaks.copy) / 1e6
}

async function load(variant: Variant): Promise<Exports | null> {
  const bytes = new Uint8Array(await readFile(new URL(`../wasm/${variant}.wasm`, import.meta.url)))
  // Node 20 has relaxed SIMD behind a flag.
  if (!WebAssembly.validate(bytes) && Number.parseInt(process.versions.node, 10) < 22)
    setFlagsFromString('--experimental-wasm-relaxed-simd')
  if (!WebAssembly.validate(bytes)) return null
  const { instance } = await WebAssembly.instantiate(bytes)
  // scripts/compile.mjs has made the module from assembly/peak.ts.
  return instance.exports as unknown as Exports
}
