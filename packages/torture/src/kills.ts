import { watch } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Case } from './case.js'
import { type Started, start } from './command.js'
import { faultsIn } from './hold.js'
import { inFolder, type Prepared } from './prepared.js'
import { pick, type Random, randomOf } from './random.js'
import { litterIn, snapshotOf } from './snapshot.js'

const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Kills of one command: each at another moment, over nothing or over old files, and what the next run makes of it. */
export function killCases(prepared: Prepared, count: number, seed: number, work: string): Case[] {
  const { writer, seconds } = prepared
  // A run that goes on from where it was killed is killed several times.
  const kills = writer.progress === undefined ? 1 : 3
  return Array.from({ length: Math.ceil(count / kills) }, (_, n) => {
    const name = `kills/${writer.name.replace(' ', '-')}/${n}`
    return {
      part: 'kills',
      subject: writer.name,
      name,
      count: kills,
      seconds: seconds * (kills * 0.7 + 1),
      run: () => killAndGoOn(prepared, kills, randomOf(seed, name), work, name),
    }
  })
}

async function killAndGoOn(prepared: Prepared, kills: number, random: Random, work: string, name: string) {
  const { writer, oldFolder, seconds } = prepared
  const over = writer.before !== undefined && random(0, 1) === 1
  const reference = over ? prepared.overOld : prepared.nothing
  return await inFolder(work, name, over ? oldFolder : null, async (folder) => {
    for (let n = 0; n < kills; n++) {
      const signal = pick(signals, random)
      // What an earlier kill left is the next whole run's to clear.
      const earlier = litterIn(await snapshotOf(folder))
      const started = start(writer.command, folder)
      await killed(started, signal, folder, random, seconds)
      const { code, signal: by, stderr } = await started.ended
      const faults = await faultsIn(folder, writer, reference)
      if (signal !== 'SIGKILL') {
        const litter = litterIn(await snapshotOf(folder)).filter((name) => !earlier.includes(name))
        if (litter.length > 0) faults.push(`left ${litter.join(', ')}`)
        // Node itself dies by the signal before the command's first line.
        if (code !== 0 && code !== 128 + constants.signals[signal] && by !== signal)
          faults.push(`ended with ${by ?? code}: ${stderr}`)
      }
      if (faults.length > 0) return faults.map((fault) => `after ${signal}: ${fault}`)
    }
    const { code, signal, stderr } = await start(writer.command, folder).ended
    if (code !== 0) return [`the next run ended with ${signal ?? code}: ${stderr}`]
    const found = await snapshotOf(folder)
    const faults = await faultsIn(folder, writer, reference)
    for (const [file, digest] of reference.whole)
      if (!found.has(file)) faults.push(`${file}: is not there`)
      else if (!writer.varies && found.get(file) !== digest) faults.push(`${file}: is not that of an undisturbed run`)
    const litter = litterIn(found)
    if (litter.length > 0) faults.push(`left ${litter.join(', ')}`)
    return faults.map((fault) => `after the next run: ${fault}`)
  })
}

/** Sends the signal at any moment of a run, or just when something is being written. */
async function killed(
  { child, ended }: Started,
  signal: NodeJS.Signals,
  folder: string,
  random: Random,
  seconds: number,
) {
  const closing = new AbortController()
  const moment =
    random(0, 2) === 0
      ? setTimeout(random(0, Math.ceil(seconds * 1100)))
      : new Promise<void>((resolve) => {
          let left = random(1, 8)
          watch(folder, { signal: closing.signal }, () => {
            if (--left === 0) setTimeout(random(0, 3)).then(resolve)
          })
        })
  await Promise.race([moment, ended])
  closing.abort()
  child.kill(signal)
}
