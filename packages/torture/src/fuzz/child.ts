// Reads mutated files, and prints what is wrong as JSON lines: child.js READER SEED FROM TO
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { ConvkitError } from '@convkit/api'
import { pick, randomOf } from '../random.js'
import { mutate } from './mutate.js'
import { type Reader, readers } from './readers.js'

const mebibytes = 2 ** 20

const [name, seed, from, to] = process.argv.slice(2)
const reader = readers.find((reader) => reader.name === name)
if (!reader) throw new Error(`no reader ${name}`)
const samples = await reader.samples()
for (const sample of samples) await reader.read(Buffer.from(sample))
for (let n = Number(from); n < Number(to); n++) {
  // The last line of a process that hangs or dies.
  writeSync(2, `${n}\n`)
  const random = randomOf(Number(seed), `${name} ${n}`)
  const file = mutate(pick(samples, random), random)
  let fault = await faultOf(reader, file)
  // Memory and time are those of a quiet moment: what is over them only once was another's.
  if (fault?.again) fault = await faultOf(reader, file)
  if (fault) process.stdout.write(`${JSON.stringify(`file ${n}: ${fault.says}`)}\n`)
}

async function faultOf(reader: Reader, file: Buffer): Promise<{ says: string; again: boolean } | null> {
  const before = resident('VmRSS')
  if (before > 300 * mebibytes) global.gc?.()
  const base = resetPeak()
  const begun = performance.now()
  const wrong = await outcomeOf(reader, file)
  const seconds = (performance.now() - begun) / 1000
  const bytes = resident('VmHWM') - base
  if (wrong) return { says: wrong, again: false }
  if (seconds > 2) return { says: `took ${seconds.toFixed(1)} s`, again: true }
  if (bytes > Math.max(10 * file.length, 64 * mebibytes))
    return { says: `took ${Math.round(bytes / mebibytes)} MiB for ${file.length} bytes`, again: true }
  return null
}

async function outcomeOf(reader: Reader, file: Buffer): Promise<string | null> {
  try {
    await reader.read(file)
  } catch (error) {
    if (error instanceof ConvkitError) return null
    return `an error that is not the project's: ${error instanceof Error ? error.stack : error}`
  }
  const forbidden = reader.fault?.(file) ?? null
  return forbidden && `accepted, and the format forbids it: ${forbidden}`
}

/** Linux alone says how much memory a process has had at most, and forgets it on demand. */
function resetPeak(): number {
  if (process.platform !== 'linux') return 0
  writeFileSync('/proc/self/clear_refs', '5')
  return resident('VmRSS')
}

function resident(field: 'VmRSS' | 'VmHWM'): number {
  if (process.platform !== 'linux') return 0
  const [, kibibytes = '0'] = new RegExp(`${field}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) * 1024
}
