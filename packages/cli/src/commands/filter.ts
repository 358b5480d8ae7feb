import { basename, dirname, extname, resolve } from 'node:path'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Backend, ConfigError, conv2d, type FloatDType, Scope } from '@convkit/api'
import { pictureFormats } from '@convkit/data'
import { encodeImage, type Image, readImage } from '@convkit/datasets'
import { makeFolder, writeWholeFiles } from '@convkit/files'
import { print, printJson } from '../terminal.js'
import { addSettings, count, openBackend, readSettings } from './settings.js'

export function filterCommand(): CommandUnknownOpts {
  const command = new Command('filter')
    .summary('grayscale and edges of an image by convolution')
    .description(
      'Filter images with one convolution of two filters: a grayscale picture and its horizontal edges, as PNG.',
    )
    .argument('<image...>', `${pictureFormats} files`)
    .option('--out <path>', 'folder for the pictures; with one image also a name such as edges.png', '.')
    .option('--size <n>', 'crop to the centre square and resize to n x n pixels', count('--size', 4096), 200)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Writes NAME-gray.png and NAME-edges.png for each image.

Examples:
  convkit filter kitten.jpg puppy.jpg --out pictures
  convkit filter photo.webp --size 512 --out photo.png`,
    )
    .action(async (images, { out, size, json }, self) => {
      const loaded = await readSettings(self)
      const backend = await openBackend(loaded)
      const names = outputNames(images, out)
      const written: { readonly image: string; readonly gray: string; readonly edges: string }[] = []
      for (const [i, image] of images.entries()) {
        const pictures = await filterImage(
          backend,
          loaded.settings.dtype,
          await readImage(image, { size, crop: 'centre' }),
        )
        const stem = names[i] ?? ''
        const files = { image, gray: `${stem}-gray.png`, edges: `${stem}-edges.png` }
        await makeFolder(dirname(stem))
        const shape = [1, 1, size, size]
        await writeWholeFiles({
          [files.gray]: await encodeImage({ data: pictures.gray, shape }, 'png'),
          [files.edges]: await encodeImage({ data: pictures.edges, shape }, 'png'),
        })
        written.push(files)
      }
      await backend.close?.()
      if (json) printJson(written)
      else for (const { gray, edges } of written) print(`${gray}\n${edges}`)
    })
  addSettings(command, ['backend', 'provider', 'strict', 'dtype'])
  return command
}

/** Where the pictures of each image go, without `-gray.png`. */
function outputNames(images: readonly string[], out: string): string[] {
  const isFile = extname(out) !== ''
  if (isFile && (images.length > 1 || extname(out).toLowerCase() !== '.png'))
    throw new ConfigError(
      `--out: expected a folder${images.length > 1 ? ' for several images' : ' or a .png'}, got ${out}`,
    )
  const names = isFile
    ? [resolve(out.slice(0, -4))]
    : images.map((image) => resolve(out, basename(image, extname(image))))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw new ConfigError(`two of the images would both be written to ${twice}-gray.png`)
  return names
}

/**
 * The notebook's two filters, 3 x 3 over the three colours, stride 1, pad 1: gray weighs red, green and blue by 0.3, 0.6
 * and 0.1 at the centre; edges is a vertical Sobel filter on blue, around 128. Both (H, W), unclamped.
 */
export async function filterImage(backend: Backend, dtype: FloatDType, { data, shape }: Image) {
  const FloatArray = dtype === 'float32' ? Float32Array : Float64Array
  const w = new FloatArray(2 * 3 * 9)
  for (const [channel, weight] of [0.3, 0.6, 0.1].entries()) w[channel * 9 + 4] = weight
  w.set([1, 2, 1, 0, 0, 0, -1, -2, -1], (3 + 2) * 9)
  using scope = new Scope(backend)
  const { y } = conv2d.forward(
    scope,
    {
      x: scope.from(FloatArray.from(data), shape),
      w: scope.from(w, [2, 3, 3, 3]),
      b: scope.from(FloatArray.of(0, 128), [2]),
    },
    { stride: 1, pad: 1 },
  )
  const pixels = await y.read()
  return { gray: pixels.subarray(0, pixels.length / 2), edges: pixels.subarray(pixels.length / 2) }
}
