import { ConvkitError } from '@convkit/api'
import { Random } from '@convkit/data'
import { mutate } from './mutate.js'
import type { Reader } from './readers.js'

export interface Found {
  readonly reader: string
  /** The mutant comes of this seed and number alone. */
  readonly seed: number
  readonly number: number
  readonly what: string
  readonly error: unknown
}

export interface Hunted {
  readonly refused: number
  readonly taken: number
  /** Errors without a type of ours, of more than one line, and files taken wrongly. */
  readonly found: readonly Found[]
  /** Of all reads the one that took longest. */
  readonly milliseconds: number
}

/** Reads mutants `from` to `to` of a reader's files. */
export async function hunt(reader: Reader, seed: number, from: number, to: number): Promise<Hunted> {
  const found: Found[] = []
  let [refused, taken, milliseconds] = [0, 0, 0]
  for (let number = from; number < to; number++) {
    const { bytes, what } = mutant(reader, seed, number)
    const start = performance.now()
    try {
      await reader.read(bytes)
      taken++
    } catch (error) {
      refused++
      if (!(error instanceof ConvkitError) || !/^[^\n]{1,2000}$/.test(error.message))
        found.push({ reader: reader.name, seed, number, what, error })
    }
    milliseconds = Math.max(milliseconds, performance.now() - start)
  }
  return { refused, taken, found, milliseconds }
}

export function mutant({ seeds, isSafetensors }: Reader, seed: number, number: number) {
  const random = new Random(seed * 1_000_003 + number)
  const file = seeds[random.integer(seeds.length)] ?? new Uint8Array()
  return mutate(file, random, isSafetensors)
}
