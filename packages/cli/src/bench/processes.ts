import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConvkitError } from '@convkit/api'
import type { MoreSamples, Report } from '@convkit/bench'

/** Runs the command with the same arguments in a process of its own, which samples the rows of the report again. */
export async function sampleElsewhere(report: Report, args: readonly string[]): Promise<MoreSamples[]> {
  const folder = await mkdtemp(join(tmpdir(), 'convkit-bench-'))
  try {
    const [first, more] = [join(folder, 'report.json'), join(folder, 'more.json')]
    await writeFile(first, JSON.stringify(report))
    // It runs what is built, even where this file itself is not.
    const command = fileURLToPath(new URL('../../bin/convkit.js', import.meta.url))
    const child = spawn(process.execPath, [command, 'bench', ...args, '--resample', first, '--json', more], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new ConvkitError(`bench: the process that samples again ended with ${code}`)
    // Written by the same command.
    return JSON.parse(await readFile(more, 'utf8')) as MoreSamples[]
  } finally {
    await rm(folder, { recursive: true })
  }
}
