import { DataError } from '@convkit/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type FolderFile, type FolderSet, filesOf, readFolder } from '../src/data/folder.js'
import { values } from '../src/data/pixels.js'
import { idle, reduce } from '../src/train/state.js'

// A picture is as dark as its file says; only a browser decodes real ones.
vi.mock('../src/data/pixels.js', async (original) => ({
  ...(await original<object>()),
  async readPicture(file: Blob) {
    const text = await file.text()
    if (text === 'broken') throw new Error('The source image could not be decoded.')
    return new Uint8Array(3 * 32 * 32).fill(Number(text))
  },
}))

afterEach(() => vi.clearAllMocks())

const classes = ['cat', 'dog', 'eel']

/** So many pictures of each class in a folder; what is in them says their class. */
function pictures(folder: string, each: number): FolderFile[] {
  return classes.flatMap((name, label) =>
    Array.from({ length: each }, (_, i) => file(`${folder}${name}/${i}.png`, String(10 * label + 1))),
  )
}

function file(path: string, content = ''): FolderFile {
  return { path, file: new File([content], path.split('/').at(-1) ?? '') }
}

function read(files: readonly FolderFile[], skipUnreadable = false): Promise<FolderSet> {
  return readFolder(files, { onProgress() {}, skipUnreadable })
}

/** Every picture has the label that is in it. */
function expectLabelled({ set: { pixels, labels, counts } }: FolderSet): void {
  expect(pixels.length).toBe(labels.length * values)
  expect(counts.train + counts.validation + counts.test).toBe(labels.length)
  expect(labels.map((_, n) => pixels[n * values])).toEqual(labels.map((label) => 10 * label + 1))
}

describe("a visitor's folder", () => {
  it('is dealt out in tenths, with every class in its share', async () => {
    const found = await read(pictures('', 20))
    expectLabelled(found)
    expect(found.set.counts).toEqual({ train: 48, validation: 6, test: 6 })
    expect(new Set(found.set.labels.slice(48, 54))).toEqual(new Set([0, 1, 2]))
    expect(found.notes).toEqual([])
  })

  it('keeps a split above the classes', async () => {
    const found = await read([...pictures('train/', 10), ...pictures('val/', 4), ...pictures('test/', 3)])
    expectLabelled(found)
    expect(found.set.classNames).toEqual(classes)
    expect(found.set.counts).toEqual({ train: 30, validation: 12, test: 9 })
    expect(found.notes).toEqual([])
  })

  it('has no classes of hidden folders and leavings, and names formats that it does not read', async () => {
    const litter = ['.ipynb_checkpoints/a.png', '__MACOSX/cat/a.png', 'cat/.a.png', '.DS_Store', 'cat/Thumbs.db']
    const found = await read([...pictures('', 10), ...litter.map((path) => file(path, 'broken')), file('dog/a.heic')])
    expectLabelled(found)
    expect(found.set.classNames).toEqual(classes)
    expect(found.notes).toEqual(['1 .heic left out; expected JPEG, PNG, WebP, GIF or AVIF'])
  })

  const broken = Array.from({ length: 7 }, (_, i) => file(`dog/broken${i}.png`, 'broken'))

  it('names and counts all pictures that cannot be read', async () => {
    await expect(read([...pictures('', 10), ...broken])).rejects.toThrow(DataError)
    await expect(read([...pictures('', 10), ...broken])).rejects.toThrow(
      /^7 of 37 images cannot be read by this browser: (dog\/broken\d\.png, ){4}dog\/broken\d\.png and 2 more; expected JPEG/,
    )
  })

  it('is taken without them where the visitor says so', async () => {
    const found = await read([...pictures('', 10), ...broken], true)
    expectLabelled(found)
    expect(found.set.title).toBe('30 images of yours')
    expect(found.notes).toEqual([expect.stringMatching(/^left out: 7 of 37 images cannot be read by this browser: /)])
  })

  it('that has a class of nothing else is refused', async () => {
    const files = [...pictures('', 10), file('fox/a.png', 'broken')]
    await expect(read(files, true)).rejects.toThrow(/^no image of fox to train on; 1 of 31 images cannot be read/)
  })

  it.each([
    [pictures('', 6), 'wanted at least 20 images, found 18'],
    [[...pictures('', 20)].filter(({ path }) => path.startsWith('cat')), 'found 1 of them'],
    [[file('a.png', '1')], 'wanted a folder of pictures'],
  ])('that is too little is refused before it is read (%#)', async (files, message) => {
    await expect(read(files)).rejects.toThrow(message)
  })
})

it('is read to the end, and what was wrong with another is forgotten', async () => {
  let state = reduce(idle, { type: 'failed', message: 'wanted at least 20 images, found 2' })
  const onProgress = (done: number, of: number) => {
    state = reduce(state, { type: 'loading', what: 'images', done, of })
  }
  await readFolder(pictures('', 10), { onProgress, skipUnreadable: false })
  expect(state).toMatchObject({ loading: null, message: null })
})

it("a browser's paths begin with the folder's own name", () => {
  const chosen = Object.defineProperty(new File([], 'a.png'), 'webkitRelativePath', { value: 'photos/cat/a.png' })
  expect(filesOf([chosen])).toEqual([{ path: 'cat/a.png', file: chosen }])
})
