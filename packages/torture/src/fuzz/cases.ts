import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Case } from '../case.js'
import { readers } from './readers.js'

/** Files that one process reads. */
const batch = 500
const child = fileURLToPath(new URL('child.js', import.meta.url))

/** Mutated files for every reader, in processes of their own. */
export function fuzzCases(count: number, seed: number): Case[] {
  return readers.flatMap(({ name, share }) => {
    const files = Math.ceil(count * share)
    return Array.from({ length: Math.ceil(files / batch) }, (_, n): Case => {
      const [from, to] = [n * batch, Math.min(files, (n + 1) * batch)]
      return {
        part: 'fuzz',
        subject: name,
        name: `fuzz/${name}/${from}`,
        count: to - from,
        seconds: 1.5 + (to - from) / 500,
        run: () => readAll(name, seed, from, to),
      }
    })
  })
}

async function readAll(name: string, seed: number, from: number, to: number): Promise<string[]> {
  const args = ['--expose-gc', child, name, String(seed), String(from), String(to)]
  const reading = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 })
  const [stdout, stderr] = [text(reading.stdout), text(reading.stderr)]
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    reading.on('error', reject)
    reading.on('close', (code, signal) => resolve([code, signal]))
  })
  const faults = (await stdout)
    .split('\n')
    .slice(0, -1)
    .map((line): string => JSON.parse(line))
  if (code !== 0) faults.push(`ended with ${signal ?? code}: ${(await stderr).split('\n').slice(-20).join('\n')}`)
  return faults
}
