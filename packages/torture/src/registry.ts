import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { encodeImage } from '@convkit/datasets'
import { create } from 'tar'
import type { CommandLine } from './command.js'
import { type Random, randomOf } from './random.js'

const names = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}`).concat('test_batch')
const records = 10

/** A registry on loopback, with a data set a name in CIFAR-10's form, and the commands that fetch them. */
export interface Registry {
  readonly server: Server
  fetch(name: 'old' | 'new'): CommandLine
}

export async function openRegistry(folder: string): Promise<Registry> {
  const tarballs = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    const name = request.url?.slice(1).replace('.tgz', '') ?? ''
    const tarball = tarballs.get(name)
    if (!tarball) response.writeHead(404).end()
    else if (request.url?.endsWith('.tgz')) void send(tarball)
    else {
      const dist = { tarball: `http://127.0.0.1:${portOf(server)}/${name}.tgz` }
      response.end(JSON.stringify({ name, versions: { '1.0.0': { name, version: '1.0.0', dist } } }))
    }
    async function send(bytes: Buffer) {
      response.writeHead(200, { 'content-length': bytes.length })
      const piece = Math.ceil(bytes.length / 8)
      for (let at = 0; at < bytes.length; at += piece) {
        response.write(bytes.subarray(at, at + piece))
        await setTimeout(5)
      }
      response.end()
    }
  })
  for (const name of ['old', 'new']) tarballs.set(name, await pack(join(folder, name), name))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const port = portOf(server)
  return {
    server,
    fetch: (name) => ({
      args: ['data', 'fetch', '--data-dir', '.'],
      preload: new URL('preload.js', import.meta.url).href,
      env: {
        TORTURE_RELEASE: join(folder, name, 'release.json'),
        npm_config_registry: `http://127.0.0.1:${port}/`,
        NO_PROXY: '127.0.0.1',
      },
    }),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`the server listens on no port: ${address}`)
  return address.port
}

/** Writes a data set's release, and gives its package. */
async function pack(folder: string, name: string): Promise<Buffer> {
  await mkdir(join(folder, 'package'), { recursive: true })
  const random = randomOf(0, name)
  const batches: object[] = []
  const labels: { [file: string]: number[] } = { 'train_lables.json': [], 'test_lables.json': [] }
  for (const batch of names) {
    const split = batch === 'test_batch' ? 'test' : 'train'
    const { bytes, sheet, label } = randomBatch(random)
    await writeFile(join(folder, 'package', `${batch}.png`), await encodeImage(sheet, 'png'))
    labels[`${split}_lables.json`]?.push(...label)
    batches.push({ name: `${batch}.bin`, split, records, md5: createHash('md5').update(bytes).digest('hex') })
  }
  for (const [file, list] of Object.entries(labels))
    await writeFile(join(folder, 'package', file), JSON.stringify(list))
  const file = join(folder, 'package.tgz')
  await create({ file, gzip: true, cwd: folder }, ['package'])
  const tarball = await readFile(file)
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  await writeFile(join(folder, 'release.json'), JSON.stringify({ batches, npm: { name, version: '1.0.0', integrity } }))
  return tarball
}

/** Records as CIFAR-10 has them, a label and three planes each, and the picture with a record a row. */
function randomBatch(random: Random) {
  const label = Array.from({ length: records }, () => random(0, 9))
  const data = Float32Array.from({ length: 3 * records * 1024 }, () => random(0, 255))
  const bytes = new Uint8Array(records * 3073)
  for (let n = 0; n < records; n++) {
    bytes[n * 3073] = label[n]
    for (let c = 0; c < 3; c++)
      bytes.set(data.subarray((c * records + n) * 1024, (c * records + n + 1) * 1024), n * 3073 + 1 + c * 1024)
  }
  return { bytes, sheet: { data, shape: [3, records, 1024] }, label }
}
