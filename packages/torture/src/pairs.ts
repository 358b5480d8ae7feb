import type { Case } from './case.js'
import { type CommandLine, start } from './command.js'
import { faultsIn } from './hold.js'
import { inFolder, type Prepared } from './prepared.js'
import { litterIn, snapshotOf } from './snapshot.js'

/** Two processes that write the same files at a time: both succeed with a whole set, or one is refused. */
export function pairCases(prepared: Prepared, count: number, work: string): Case[] {
  const { writer, seconds } = prepared
  return Array.from({ length: count }, (_, n) => {
    const name = `pairs/${writer.name.replace(' ', '-')}/${n}`
    return {
      part: 'pairs',
      subject: writer.name,
      name,
      count: 1,
      seconds: seconds * 2,
      run: () => inFolder(work, name, null, (folder) => together(prepared, folder, n)),
    }
  })
}

async function together({ writer, nothing }: Prepared, folder: string, n: number): Promise<string[]> {
  const first = start(writer.command, folder)
  // The second begins ever later.
  await new Promise((resolve) => setTimeout(resolve, (n * 40) % 400))
  const both = await Promise.all([first.ended, start(writer.command, folder).ended])
  const faults = await faultsIn(folder, writer, nothing)
  const found = await snapshotOf(folder)
  for (const { code, signal, stderr } of both) {
    const refused = code === 2 && /is being written by|expected an empty folder/.test(stderr)
    if (code !== 0 && !refused) faults.push(`one ended with ${signal ?? code}: ${stderr}`)
  }
  if (both.every(({ code }) => code !== 0)) faults.push('both were refused')
  for (const file of nothing.whole.keys()) if (!found.has(file)) faults.push(`${file}: is not there`)
  const litter = litterIn(found)
  if (litter.length > 0) faults.push(`left ${litter.join(', ')}`)
  return faults
}

/** One file as two outputs of one command is refused before anything is done. */
export function sameFileCase(prepared: Prepared, work: string): Case {
  const { writer, seconds } = prepared
  const name = 'pairs/one-file'
  const command: CommandLine = { args: [...writer.command.args, '--checkpoint', 'model.safetensors'] }
  return {
    part: 'pairs',
    subject: '--out and --checkpoint',
    name,
    count: 1,
    seconds,
    run: () =>
      inFolder(work, name, null, async (folder) => {
        const { code, stderr } = await start(command, folder).ended
        return code === 2 && stderr.includes('same file') ? [] : [`ended with ${code}: ${stderr}`]
      }),
  }
}
