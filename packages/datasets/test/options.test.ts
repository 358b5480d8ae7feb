import { ConfigError } from '@convkit/api'
import { Batches, Random } from '@convkit/data'
import { expect, it } from 'vitest'
import { fetchCifar10, loadCifar10, readImage, readImageFolder, readImages, streamImageFolder } from '../src/index.js'

const set = {
  images: new Float32Array(1),
  labels: new Int32Array(1),
  shape: [1, 1, 1, 1],
  classNames: ['one'],
} as const
const batches = { batchSize: 1, random: new Random(0) }
const fetching = ['dir', 'from', 'force', 'onProgress', 'signal']
const picture = ['size', 'crop']
const pictures = [...picture, 'skipUnreadable', 'onNote', 'signal']

/** Each function by what it calls itself, with every option that it has. Nothing is at these paths. */
const functions: readonly (readonly [owner: string, names: readonly string[], call: (options: object) => unknown])[] = [
  ['batches', ['batchSize', 'random', 'part'], (options) => new Batches(set, { ...batches, ...options })],
  ['batches: part', ['index', 'of'], (part) => new Batches(set, { ...batches, part: Object(part) })],
  ['fetchCifar10', fetching, fetchCifar10],
  ['loadCifar10', [...fetching, 'train', 'validation', 'test', 'subtractMean'], loadCifar10],
  ['readImage', picture, (options) => readImage('none.png', options)],
  ['readImages', [...pictures, 'dir', 'classNames', 'memory'], (options) => readImages([], Object(options))],
  ['image folder', pictures, (options) => readImageFolder('none', options)],
  ['image folder', pictures, (options) => streamImageFolder('none', options)],
]

it.each(functions)(
  '%s refuses an option whose name is not known, before it reads or fetches',
  async (owner, names, call) => {
    for (const name of names)
      await expect((async () => call({ [`${name}s`]: 1 }))()).rejects.toThrow(
        `${owner}: there is no option ${name}s; did you mean ${name}? (known: `,
      )
  },
)

it('switches are true or false and nothing else', async () => {
  const no = (name: string) => Object({ [name]: 'no' })
  const refused = (name: string) => new RegExp(`: ${name} must be true or false, got no$`)
  await expect(fetchCifar10(no('force'))).rejects.toThrow(refused('force'))
  for (const name of ['force', 'subtractMean']) await expect(loadCifar10(no(name))).rejects.toThrow(refused(name))
  const one = { dir: 'none', classNames: ['one'] }
  await expect(readImages([], { ...one, ...no('skipUnreadable') })).rejects.toThrow(refused('skipUnreadable'))
})

it('readImage refuses a crop that it does not know', async () => {
  await expect(readImage('none.png', { crop: 'center' as 'centre' })).rejects.toThrow(
    new ConfigError('readImage: crop must be centre, got center'),
  )
})
