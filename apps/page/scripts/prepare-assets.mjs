// What the page loads besides its code: a sample of CIFAR-10 and the suite's reference files, in public/data.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { readReferences } from '@convkit/conformance/node'
import { fetchCifar10, loadCifar10 } from '@convkit/datasets'
import sharp from 'sharp'

const counts = { train: 4000, validation: 500, test: 500 }
/** Images a sheet: few enough for a progress bar, and 800 by 640 pixels. */
const perSheet = 500
const columns = 25
const size = 32
const folder = new URL('../public/data/', import.meta.url)

await mkdir(folder, { recursive: true })
await writeReferences()
if (!(await isPrepared())) await writeSample()

async function isPrepared() {
  const text = await readFile(new URL('cifar10.json', folder), 'utf8').catch(() => '{}')
  return JSON.stringify(JSON.parse(text).counts) === JSON.stringify(counts)
}

/** One file, since a browser asks for each: the bytes of all, and an index of names and lengths. */
async function writeReferences() {
  const files = await readReferences()
  const index = files.map(({ name, bytes }) => ({ name, length: bytes.length }))
  await writeFile(new URL('references.json', folder), JSON.stringify(index))
  await writeFile(new URL('references.bin', folder), Buffer.concat(files.map(({ bytes }) => bytes)))
}

/** Sheets of images, row by row, in lossless WebP: a little more than half of the bytes, and every pixel as it was. */
async function writeSample() {
  process.stderr.write('page: preparing a sample of CIFAR-10\n')
  await fetchCifar10()
  const splits = await loadCifar10({ ...counts, subtractMean: false })
  const parts = [splits.train, splits.validation, splits.test]
  const images = Uint8Array.from(parts.flatMap(({ images }) => [...images]))
  const labels = parts.flatMap(({ labels }) => [...labels])
  const sheets = Array.from({ length: Math.ceil(labels.length / perSheet) }, (_, i) => `cifar10-${i}.webp`)
  for (const [i, name] of sheets.entries()) await writeSheet(name, images, i * perSheet)
  const { classNames } = splits
  // Last: the file that says that the others are there.
  await writeFile(
    new URL('cifar10.json', folder),
    JSON.stringify({ counts, size, columns, perSheet, sheets, classNames, labels }),
  )
}

async function writeSheet(name, images, first) {
  const rows = perSheet / columns
  const [width, height] = [columns * size, rows * size]
  const pixels = new Uint8Array(width * height * 3)
  const area = size * size
  for (let n = 0; n < perSheet; n++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < area; p++) {
        const x = (n % columns) * size + (p % size)
        const y = Math.floor(n / columns) * size + Math.floor(p / size)
        pixels[(y * width + x) * 3 + c] = images[((first + n) * 3 + c) * area + p]
      }
  const raw = { width, height, channels: 3 }
  await writeFile(new URL(name, folder), await sharp(pixels, { raw }).webp({ lossless: true, effort: 6 }).toBuffer())
}
