import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeImage } from '@convkit/datasets'
import { type CommandLine, start } from './command.js'
import { randomOf } from './random.js'
import { openRegistry } from './registry.js'

/** What the commands read. */
export interface Inputs {
  /** A folder of photographs by class. */
  readonly photos: string
  readonly picture: string
  readonly models: readonly [string, string]
  /** Two reports of the benchmark. */
  readonly reports: readonly [string, string]
  fetch(name: 'old' | 'new'): CommandLine
}

export async function makeInputs(folder: string): Promise<Inputs> {
  const photos = join(folder, 'photos')
  const random = randomOf(0, 'photos')
  const picture = (size: number) => ({
    data: Float32Array.from({ length: 3 * size * size }, () => random(0, 255)),
    shape: [3, size, size],
  })
  for (const name of ['cats', 'dogs', 'hats']) {
    await mkdir(join(photos, name), { recursive: true })
    for (let n = 0; n < 6; n++) await writeImage(join(photos, name, `${n}.png`), picture(8))
  }
  await writeImage(join(folder, 'picture.png'), picture(64))
  const model = (seed: number) => [
    ...['train', '--backend', 'naive', '--data', photos, '--image-size', '8', '--filters', '12', '--filter-size', '3'],
    ...[
      '--hidden',
      '400',
      '--batch-size',
      '6',
      '--epochs',
      '1',
      '--seed',
      String(seed),
      '--out',
      `${seed}.safetensors`,
    ],
  ]
  await succeed({ args: model(1) }, folder)
  await succeed({ args: model(2) }, folder)
  const bench = [
    'bench',
    'wasm:threads=1',
    '--quick',
    '--only',
    'relu',
    '--dtype',
    'float32',
    '--json',
    'report-1.json',
  ]
  await succeed({ args: bench }, folder)
  const reports = [join(folder, 'report-1.json'), join(folder, 'report-2.json')] as const
  const report = await readFile(reports[0], 'utf8')
  await writeFile(reports[1], report.replaceAll('"cpu": "', '"cpu": "another '))
  const { fetch } = await openRegistry(join(folder, 'registry'))
  return {
    photos,
    picture: join(folder, 'picture.png'),
    models: [join(folder, '1.safetensors'), join(folder, '2.safetensors')],
    reports,
    fetch,
  }
}

/** Runs a command that nothing disturbs, and gives the seconds that it took. */
export async function succeed(command: CommandLine, folder: string): Promise<number> {
  const { code, signal, stderr, seconds } = await start(command, folder).ended
  if (code !== 0) throw new Error(`convkit ${command.args.join(' ')} ended with ${signal ?? code}: ${stderr}`)
  return seconds
}
