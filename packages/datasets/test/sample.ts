import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Random } from '@convkit/data'
import sharp from 'sharp'
import { create } from 'tar'
import type { Release } from '../src/release.js'
import { emptyFolder } from './folder.js'

export const classNames = Array.from({ length: 10 }, (_, label) => `class ${label}`)

/** One image as it was drawn: its label, and value[y][x] = [red, green, blue]. */
export interface Drawn {
  readonly label: number
  readonly rows: readonly (readonly (readonly [number, number, number])[])[]
}

function draw(random: Random): Drawn {
  const value = () => random.integer(256)
  const rows = Array.from({ length: 32 }, () => Array.from({ length: 32 }, () => [value(), value(), value()] as const))
  return { label: random.integer(10), rows }
}

/** A record as the data set's page describes it: label, all reds by row, all greens, all blues. */
function record({ label, rows }: Drawn): number[] {
  const bytes = [label]
  for (const channel of [0, 1, 2] as const) {
    for (const row of rows) for (const pixel of row) bytes.push(pixel[channel])
  }
  return bytes
}

const digest = (algorithm: 'md5' | 'sha512', bytes: Buffer) => createHash(algorithm).update(bytes)

/** A release of a few random images, and its archives as the registry and the author's page would serve them. */
export async function makeSample(recordsPerBatch = 3, seed = 7) {
  const random = new Random(seed)
  const names = ['data_batch_1', 'data_batch_2', 'test_batch'] as const
  const drawn = names.map(() => Array.from({ length: recordsPerBatch }, () => draw(random)))
  const files = new Map(names.map((name, i) => [`${name}.bin`, Buffer.from((drawn[i] ?? []).flatMap(record))]))

  const folder = await emptyFolder()
  const sheets = join(folder, 'package')
  const batches = join(folder, 'cifar-10-batches-bin')
  await mkdir(sheets)
  await mkdir(batches)
  for (const [i, name] of names.entries()) {
    const pixels = Uint8Array.from((drawn[i] ?? []).flatMap(({ rows }) => rows.flat(2)))
    const raw = { width: 1024, height: recordsPerBatch, channels: 3 as const }
    await sharp(pixels, { raw })
      .png()
      .toFile(join(sheets, `${name}.png`))
    await writeFile(join(batches, `${name}.bin`), files.get(`${name}.bin`) ?? '')
  }
  const labels = (from: number, to: number) =>
    JSON.stringify(
      drawn
        .slice(from, to)
        .flat()
        .map(({ label }) => label),
    )
  await writeFile(join(sheets, 'train_lables.json'), labels(0, 2))
  await writeFile(join(sheets, 'test_lables.json'), labels(2, 3))
  const pack = async (name: string) => {
    const file = join(folder, `${name}.tgz`)
    await create({ gzip: true, cwd: folder, file, portable: true }, [name])
    return readFile(file)
  }
  const tarball = await pack('package')
  const archive = await pack('cifar-10-batches-bin')

  const release: Release = {
    name: 'sample',
    batches: names.map((name) => ({
      name: `${name}.bin`,
      split: name === 'test_batch' ? 'test' : 'train',
      records: recordsPerBatch,
      md5: digest('md5', files.get(`${name}.bin`) ?? Buffer.alloc(0)).digest('hex'),
    })),
    npm: { name: 'sheets', version: '1.2.3', integrity: `sha512-${digest('sha512', tarball).digest('base64')}` },
    archive: { url: 'http://127.0.0.1/', integrity: `md5-${digest('md5', archive).digest('base64')}` },
  }
  return { release, files, drawn, tarball, archive, batches }
}
