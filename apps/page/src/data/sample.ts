import type { Counts, PixelSet } from './pixelSet.js'
import { copyPlanes, draw, size, values } from './pixels.js'

interface Index {
  readonly counts: Counts
  readonly columns: number
  readonly perSheet: number
  readonly sheets: readonly string[]
  readonly classNames: readonly string[]
  readonly labels: readonly number[]
}

export type OnProgress = (done: number, of: number) => void

/** The sample of CIFAR-10 that comes with the page, in folder `base`. */
export async function loadSample(base: string, onProgress: OnProgress): Promise<PixelSet> {
  const index = await loadIndex(base)
  const { counts, sheets, classNames, labels, perSheet } = index
  const pixels = new Uint8Array(labels.length * values)
  let done = 0
  onProgress(done, sheets.length)
  await Promise.all(
    sheets.map(async (name, i) => {
      pixels.set(await loadSheet(base, name, index), i * perSheet * values)
      onProgress(++done, sheets.length)
    }),
  )
  return { own: false, title, pixels, labels, classNames, counts }
}

/** The same to look at: with the pixels of the first sheet alone. */
export async function previewSample(base: string): Promise<PixelSet> {
  const index = await loadIndex(base)
  const { counts, sheets, classNames, labels, perSheet } = index
  const pixels = await loadSheet(base, sheets[0], index)
  return { own: false, title, pixels, labels: labels.slice(0, perSheet), classNames, counts }
}

const title = 'CIFAR-10'

async function loadIndex(base: string): Promise<Index> {
  return (await get(base, 'cifar10.json')).json()
}

async function loadSheet(base: string, name: string, { perSheet, columns }: Index): Promise<Uint8Array> {
  const response = await get(base, name)
  const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' })
  const { width } = bitmap
  const sheet = draw(bitmap)
  const pixels = new Uint8Array(perSheet * values)
  for (let n = 0; n < perSheet; n++) {
    const first = Math.floor(n / columns) * size * width + (n % columns) * size
    copyPlanes(sheet, first, width, pixels.subarray(n * values, (n + 1) * values))
  }
  return pixels
}

async function get(base: string, name: string): Promise<Response> {
  const response = await fetch(new URL(name, base))
  if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status} ${response.statusText}`)
  return response
}
