import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ConfigError, DataError, ShapeError } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { encodeImage, readImage, readImageFolder, readImages, writeImage } from '../src/index.js'
import { emptyFolder } from './folder.js'

const seed = 71
const sides = fc.record({ h: fc.integer({ min: 1, max: 9 }), w: fc.integer({ min: 1, max: 9 }) })

function noise(channels: number, h: number, w: number, start = 1) {
  const random = new Random(start)
  const data = Float32Array.from({ length: channels * h * w }, () => random.integer(256))
  return { data, shape: [1, channels, h, w] }
}

/** A photograph's stand-in: slow waves, so that lossy formats lose little. */
function waves(h: number, w: number) {
  const data = new Float32Array(3 * h * w)
  for (let i = 0; i < data.length; i++) data[i] = Math.round(128 + 90 * Math.sin((i % w) / 9) * Math.cos(i / w / 11))
  return { data, shape: [1, 3, h, w] }
}

describe('image files', () => {
  test('PNG gives back every pixel of a colour image; grayscale comes back as three equal channels', async () => {
    const path = join(await emptyFolder(), 'image.png')
    await fc.assert(
      fc.asyncProperty(sides, fc.constantFrom(1, 3), fc.integer(), async ({ h, w }, channels, start) => {
        const image = noise(channels, h, w, start)
        await writeImage(path, image)
        const read = await readImage(path)
        expect(read.shape).toEqual([1, 3, h, w])
        const { data } = image
        expect([...read.data]).toEqual(channels === 3 ? [...data] : [...data, ...data, ...data])
      }),
      { seed, numRuns: 40 },
    )
  })

  test.each(['jpg', 'jpeg', 'JPG', 'webp'])('.%s gives back a smooth image nearly', async (extension) => {
    const path = join(await emptyFolder(), `image.${extension}`)
    const image = waves(40, 56)
    await writeImage(path, image)
    const { data, shape } = await readImage(path)
    expect(shape).toEqual(image.shape)
    const meanError = data.reduce((sum, value, i) => sum + Math.abs(value - (image.data[i] ?? 0)), 0) / data.length
    expect(meanError).toBeLessThan(4)
    const format = { jpg: 'jpeg', jpeg: 'jpeg', webp: 'webp' }[extension.toLowerCase()]
    expect((await sharp(await readFile(path)).metadata()).format).toBe(format)
  })

  test('values are clamped to 0..255 and rounded', async () => {
    const values = [-1e9, -0.6, 0.4, 0.6, 254.4, 255.4, 1e9, Number.POSITIVE_INFINITY, Number.NaN]
    const path = join(await emptyFolder(), 'image.png')
    await writeImage(path, { data: Float64Array.from(values), shape: [1, values.length] })
    const { data } = await readImage(path)
    expect([...data.subarray(0, values.length)]).toEqual([0, 0, 0, 1, 254, 255, 255, 255, 0])
  })

  test.each([1, 3])('an image of %i channels is a file of as many', async (channels) => {
    const png = await encodeImage(noise(channels, 4, 4), 'png')
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', channels, width: 4, height: 4 })
  })

  test('a centre crop is the middle of the image', async () => {
    const path = join(await emptyFolder(), 'image.png')
    await fc.assert(
      fc.asyncProperty(sides, async ({ h, w }) => {
        const image = noise(3, h, w)
        await writeImage(path, image)
        const side = Math.min(h, w)
        const [top, left] = [Math.floor((h - side) / 2), Math.floor((w - side) / 2)]
        const middle: (number | undefined)[] = []
        for (let c = 0; c < 3; c++) {
          for (let y = 0; y < side; y++) {
            for (let x = 0; x < side; x++) middle.push(image.data[(c * h + top + y) * w + left + x])
          }
        }
        const cropped = await readImage(path, { crop: 'centre' })
        expect(cropped.shape).toEqual([1, 3, side, side])
        expect([...cropped.data]).toEqual(middle)
      }),
      { seed, numRuns: 40 },
    )
  })

  test('resizing gives the size asked for; a cropped image keeps its proportions', async () => {
    const path = join(await emptyFolder(), 'image.png')
    // A square of white in a wide black image: cropping leaves white only, stretching keeps the black.
    const data = Float32Array.from({ length: 20 * 40 }, (_, i) => (i % 40 >= 10 && i % 40 < 30 ? 255 : 0))
    await writeImage(path, { data, shape: [20, 40] })
    await fc.assert(
      fc.asyncProperty(sides, async ({ h, w }) => {
        expect((await readImage(path, { size: [h, w] })).shape).toEqual([1, 3, h, w])
        expect((await readImage(path, { size: [h, w], crop: 'centre' })).shape).toEqual([1, 3, h, w])
      }),
      { seed, numRuns: 20 },
    )
    expect(Math.min(...(await readImage(path, { size: 8, crop: 'centre' })).data)).toBe(255)
    expect(Math.min(...(await readImage(path, { size: 8 })).data)).toBeLessThan(50)
  })

  test('a photograph taken sideways is read upright, and cropped after that', async () => {
    const dir = await emptyFolder()
    const [upright, sideways] = [join(dir, 'upright.png'), join(dir, 'sideways.webp')]
    await writeImage(upright, noise(3, 16, 48))
    // Orientation 6: the viewer turns the stored pixels by 90 degrees clockwise.
    const turned = sharp(await readFile(upright)).rotate(-90)
    await turned.withMetadata({ orientation: 6 }).webp({ lossless: true }).toFile(sideways)
    for (const options of [{}, { crop: 'centre', size: 8 }] as const) {
      expect(await readImage(sideways, options)).toEqual(await readImage(upright, options))
    }
  })

  test('transparency is read over white', async () => {
    const path = join(await emptyFolder(), 'image.png')
    const create = { width: 2, height: 2, channels: 4 as const, background: { r: 9, g: 9, b: 9, alpha: 0 } }
    await sharp({ create }).png().toFile(path)
    expect([...(await readImage(path)).data]).toEqual(Array(12).fill(255))
  })
})

describe('formats', () => {
  const create = { width: 4, height: 3, channels: 3, background: { r: 255, g: 0, b: 0 } } as const
  test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('%s is read', async (format) => {
    const path = join(await emptyFolder(), 'image')
    await sharp({ create }).toFormat(format).toFile(path)
    const { data, shape } = await readImage(path)
    expect(shape).toEqual([1, 3, 3, 4])
    expect(data[0]).toBeGreaterThan(240)
    expect(data[13]).toBeLessThan(15)
  })

  test('others are refused by name', async () => {
    const dir = await emptyFolder()
    const [tiff, svg] = [join(dir, 'image.png'), join(dir, 'image.svg')]
    await sharp({ create }).tiff().toFile(tiff)
    await writeFile(svg, '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')
    await expect(readImage(tiff)).rejects.toThrow('image.png: it is tiff; expected JPEG, PNG, WebP, GIF or AVIF')
    await expect(readImage(svg)).rejects.toThrow('image.svg: it is svg; expected')
  })
})

describe('an image that is not right', () => {
  test.each(['png', 'jpg', 'webp'])('cut short anywhere is one line that names the file (%s)', async (extension) => {
    const path = join(await emptyFolder(), `image.${extension}`)
    await writeImage(path, noise(3, 40, 40))
    const bytes = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(Math.floor(bytes.length * 0.9)), async (length) => {
        await writeFile(path, bytes.subarray(0, length))
        const error: unknown = await readImage(path).catch((error) => error)
        if (!(error instanceof DataError)) throw error
        expect(error.message).toContain(`cannot read image ${path}: `)
        expect(error.message).not.toContain('\n')
        expect(error.cause).toBeInstanceOf(Error)
      }),
      { seed, numRuns: 20 },
    )
  })

  test('a missing file is named', async () => {
    const path = join(await emptyFolder(), 'nothing.png')
    await expect(readImage(path)).rejects.toThrow(`cannot read image ${path}: there is no such file or folder (ENOENT)`)
  })

  test.each([0, -1, 2.5, [4, 0]] as const)('a size of %o is refused', async (size) => {
    const path = join(await emptyFolder(), 'image.png')
    await writeImage(path, noise(3, 2, 2))
    await expect(readImage(path, { size })).rejects.toThrow(ShapeError)
  })

  test.each([[[2, 3, 1, 1]], [[1, 2, 1, 3]], [[6]], [[1, 1, 3, 3]], [[0, 1]]])(
    'a shape of %o is refused',
    async (shape) => {
      await expect(encodeImage({ data: new Float32Array(6), shape }, 'png')).rejects.toThrow(ShapeError)
    },
  )

  test('what cannot be written leaves the file that was there, and nothing else', async () => {
    const dir = await emptyFolder()
    const path = join(dir, 'image.png')
    await writeImage(path, noise(3, 2, 2))
    const before = await readFile(path)
    await expect(writeImage(path, { data: new Float32Array(1), shape: [2, 2] })).rejects.toThrow(ShapeError)
    await expect(writeImage(join(dir, 'image.gif'), noise(3, 2, 2))).rejects.toThrow(ConfigError)
    await mkdir(join(dir, 'folder.png'))
    await expect(writeImage(join(dir, 'folder.png'), noise(3, 2, 2))).rejects.toThrow(DataError)
    await expect(writeImage(join(dir, 'none', 'image.png'), noise(3, 2, 2))).rejects.toThrow(DataError)
    expect((await readFile(path)).equals(before)).toBe(true)
    expect((await readdir(dir)).sort()).toEqual(['folder.png', 'image.png'])
  })
})

describe('a folder of images', () => {
  async function makeFolder(files: Readonly<Record<string, ReturnType<typeof noise>>>) {
    const dir = await emptyFolder()
    for (const [name, image] of Object.entries(files)) {
      await mkdir(join(dir, name, '..'), { recursive: true })
      await writeImage(join(dir, name), image)
    }
    return dir
  }

  test('is a data set: classes and images in the order of their names, other files passed over', async () => {
    const images = [1, 2, 3].map((start) => noise(3, 4, 5, start))
    const [a, b, c] = images
    if (!a || !b || !c) throw new Error('three images')
    const dir = await makeFolder({ 'dog/1.png': c, 'cat/2.png': b, 'cat/1.png': a })
    await writeFile(join(dir, 'cat', 'notes.txt'), '')
    await writeFile(join(dir, 'notes.txt'), '')
    const set = await readImageFolder(dir)
    expect(set.classNames).toEqual(['cat', 'dog'])
    expect([...set.labels]).toEqual([0, 0, 1])
    expect(set.shape).toEqual([3, 3, 4, 5])
    expect([...set.images]).toEqual([...a.data, ...b.data, ...c.data])
  })

  test('needs images of one size, which reading can give', async () => {
    const dir = await makeFolder({ 'cat/1.png': noise(3, 4, 5), 'cat/2.png': noise(3, 6, 5) })
    await expect(readImageFolder(dir)).rejects.toThrow(/2\.png: wanted 4 x 5 pixels as in .*1\.png, got 6 x 5/)
    expect((await readImageFolder(dir, { size: 3 })).shape).toEqual([2, 3, 3, 3])
  })

  test('names and counts all images that cannot be read, or leaves them out where the caller says so', async () => {
    const dir = await makeFolder({
      'cat/1.png': noise(3, 4, 5),
      'cat/3.png': noise(3, 4, 5),
      'dog/1.png': noise(3, 4, 5),
    })
    await writeFile(join(dir, 'cat', '2.png'), 'no image')
    await symlink(join(dir, 'gone.png'), join(dir, 'dog', '2.png'))
    const told = /^2 of 5 images cannot be read: .*cat\/2\.png: .*; .*dog\/2\.png: there is no such file/
    await expect(readImageFolder(dir)).rejects.toThrow(told)
    await expect(readImageFolder(dir)).rejects.toThrow(DataError)
    const notes: string[] = []
    const set = await readImageFolder(dir, { skipUnreadable: true, onNote: (line) => notes.push(line) })
    expect([...set.labels]).toEqual([0, 0, 1])
    expect(set.images).toHaveLength(3 * 60)
    expect(notes).toEqual([expect.stringMatching(/^left out: 2 of 5 images cannot be read: /)])
    await writeFile(join(dir, 'dog', '1.png'), 'no image')
    await expect(readImageFolder(dir, { skipUnreadable: true })).rejects.toThrow('no image of dog can be read')
  })

  test('follows links, but not in a circle', async () => {
    const [dir, elsewhere] = [
      await makeFolder({ 'cat/1.png': noise(3, 4, 5) }),
      await makeFolder({ '1.png': noise(3, 4, 5) }),
    ]
    await symlink(elsewhere, join(dir, 'dog'))
    await symlink(join(dir, 'cat', '1.png'), join(dir, 'cat', '2.png'))
    const set = await readImageFolder(dir)
    expect(set.classNames).toEqual(['cat', 'dog'])
    expect([...set.labels]).toEqual([0, 0, 1])
    await symlink(dir, join(dir, 'cat', 'all'))
    await expect(readImageFolder(dir)).rejects.toThrow(/cat\/all: its links lead in a circle/)
    await expect(readImageFolder(dir)).rejects.toThrow(DataError)
  })

  test('tells of links that lead nowhere and of what is no file, and takes any name and case', async () => {
    const dir = await makeFolder({ 'cat/1.png': noise(3, 4, 5), 'dog/1.png': noise(3, 4, 5) })
    for (const name of ['2.PNG', '3.Jpg', 'new\nline.png', '\u00e9\u{1f600}.png'])
      await cp(join(dir, 'cat', '1.png'), join(dir, 'cat', name))
    await symlink('itself', join(dir, 'itself'))
    await symlink('nowhere', join(dir, 'dog', 'more'))
    const socket = createServer().listen(join(dir, 'dog', 'socket.png'))
    await once(socket, 'listening')
    const notes: string[] = []
    const set = await readImageFolder(dir, { onNote: (line) => notes.push(line) })
    socket.close()
    expect([...set.labels]).toEqual([0, 0, 0, 0, 0, 1])
    expect(notes.sort()).toEqual([
      expect.stringMatching(/dog\/more left out, a link that leads nowhere: there is no such file/),
      expect.stringMatching(/dog\/socket\.png left out: it is no file/),
      expect.stringMatching(/itself left out, a link that leads nowhere: its links lead in a circle/),
    ])
  })

  test('says what is wrong with a name that is not UTF-8', async () => {
    const dir = await makeFolder({ 'cat/1.png': noise(3, 4, 5) })
    await writeFile(Buffer.concat([Buffer.from(`${dir}/cat/`), Buffer.of(0xff), Buffer.from('.png')]), '')
    await expect(readImageFolder(dir)).rejects.toThrow(/no such file or folder \(ENOENT\); its name is not UTF-8/)
  })

  test('of more images than memory, or memory and disk, hold is refused before any is decoded, with the sizes', async () => {
    const pictures = Array.from({ length: 100_000 }, (_, i) => ({ path: `${i}.png`, label: 0 }))
    const read = readImages(pictures, { dir: 'nowhere', classNames: ['cat'], size: 10_000 })
    await expect(read).rejects.toThrow(
      /^100000 images take 120000\.0 GB of memory, or a temporary file of 30000\.0 GB: .* are free; set TMPDIR/,
    )
    await expect(read).rejects.toThrow(DataError)
    const dir = await makeFolder({ 'cat/1.png': noise(3, 4, 5) })
    const inMemory = readImageFolder(dir, { size: 1_000_000 })
    await expect(inMemory).rejects.toThrow(/^1 images of 3 x 1000000 x 1000000 values take 12000\.0 GB of memory/)
    await expect(inMemory).rejects.toThrow(DataError)
  })

  test('passes over hidden folders and has to be one of the splits', async () => {
    const [image, bad] = [noise(3, 4, 5), 'no image']
    const dir = await makeFolder({ 'train/cat/1.png': image, 'val/cat/1.png': image })
    await expect(readImageFolder(dir)).rejects.toThrow(/has splits of its own/)
    await mkdir(join(dir, 'train', '.ipynb_checkpoints'))
    await writeFile(join(dir, 'train', '.ipynb_checkpoints', '1.png'), bad)
    expect((await readImageFolder(join(dir, 'train'))).classNames).toEqual(['cat'])
  })

  test('without images, or that is not there, is a DataError', async () => {
    const dir = await emptyFolder()
    await expect(readImageFolder(dir)).rejects.toThrow(DataError)
    await expect(readImageFolder(join(dir, 'none'))).rejects.toThrow(DataError)
  })
})
