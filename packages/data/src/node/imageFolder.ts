import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@convkit/api'
import type { Dataset } from '../dataset.js'
import { type ReadImageOptions, readImage } from './images.js'

/**
 * A data set from `dir/<class name>/<any name>.{png,jpg,jpeg,webp}`: classes and images in the order of their names.
 *
 * Errors: `DataError` for a folder without images, a damaged image, or images that differ in size.
 */
export async function readImageFolder(dir: string, options: ReadImageOptions = {}): Promise<Dataset> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DataError(`${dir}: cannot be read`, { cause })
  })
  const classNames = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const paths: string[] = []
  const labels: number[] = []
  for (const [label, name] of classNames.entries()) {
    for (const file of (await readdir(join(dir, name))).sort()) {
      if (!/\.(png|jpe?g|webp)$/i.test(file)) continue
      paths.push(join(dir, name, file))
      labels.push(label)
    }
  }
  if (paths[0] === undefined) throw new DataError(`${dir}: wanted folders of images, found none`)
  const [, channels, height, width] = (await readImage(paths[0], options)).shape
  const images = new Float32Array(paths.length * channels * height * width)
  for (const [n, path] of paths.entries()) {
    const { data, shape } = await readImage(path, options)
    if (shape[2] !== height || shape[3] !== width) {
      throw new DataError(
        `${path}: wanted ${height} x ${width} pixels as in ${paths[0]}, got ${shape[2]} x ${shape[3]}`,
      )
    }
    images.set(data, n * data.length)
  }
  return { images, labels: Int32Array.from(labels), shape: [paths.length, channels, height, width], classNames }
}
