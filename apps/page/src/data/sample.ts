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
  const index: Index = await (await get('cifar10.json')).json()
  const { counts, columns, perSheet, sheets, classNames, labels } = index
  const pixels = new Uint8Array(labels.length * values)
  let done = 0
  onProgress(done, sheets.length)
  await Promise.all(
    sheets.map(async (name, i) => {
      const bitmap = await createImageBitmap(await (await get(name)).blob(), { colorSpaceConversion: 'none' })
      const { width } = bitmap
      const sheet = draw(bitmap)
      for (let n = 0; n < perSheet; n++) {
        const at = (i * perSheet + n) * values
        const first = Math.floor(n / columns) * size * width + (n % columns) * size
        copyPlanes(sheet, first, width, pixels.subarray(at, at + values))
      }
      onProgress(++done, sheets.length)
    }),
  )
  return { title: 'CIFAR-10', pixels, labels, classNames, counts }

  async function get(name: string): Promise<Response> {
    const response = await fetch(new URL(name, base))
    if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status} ${response.statusText}`)
    return response
  }
}
