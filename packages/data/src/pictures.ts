import { DataError } from '@convkit/api'

const extensions = ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'apng', 'webp', 'gif', 'avif']

/** Every format of pictures that is read, in Node and in a page; of a moving picture the first frame. */
export const pictureFormats = 'JPEG, PNG, WebP, GIF or AVIF'

const otherExtensions =
  'arw bmp cr2 cr3 dcm dng emf eps exr heic heif hdr ico j2k jp2 jxl nef orf pbm pcx pgm pnm ppm psd raf raw rw2 svg tga tif tiff wmf xcf'.split(
    ' ',
  )

/** What systems and programs leave in folders of pictures. */
const litter = new Set(['__macosx', 'thumbs.db', 'desktop.ini', '@eadir', '$recycle.bin', 'system volume information'])

/** Whether a file or folder of this name is hidden, or the leavings of a program, and no part of a data set. */
export function isLitter(name: string): boolean {
  return name.startsWith('.') || litter.has(name.toLowerCase())
}

const splitNames: { readonly [name: string]: 'train' | 'validation' | 'test' } = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
}

export interface Picture {
  /** From the folder of the data set, with slashes. */
  readonly path: string
  /** Index of its class. */
  readonly label: number
}

/** A folder of pictures in the order of their classes and names. */
export interface PictureFolder {
  readonly classNames: readonly string[]
  readonly pictures: readonly Picture[]
  /** Those to validate on, where the folder itself has `train` and `val`; `pictures` are those to train on then. */
  readonly validation: readonly Picture[] | null
  /** Those to test on, where the folder itself has `train` and `test`. */
  readonly test: readonly Picture[] | null
  /** What the user should know: what was left out. */
  readonly notes: readonly string[]
}

/**
 * What the files of a folder are as a data set. A class is a folder in it, with all pictures at any depth; where its
 * folders are `train`, `val` and `test` (or `training`, `valid`, `validation`, `testing`) with folders inside, the classes
 * are those of `train`. Hidden files and programs' leavings are passed over. `paths` are relative to the folder `dir` and
 * have slashes; that of a folder ends with one.
 *
 * Errors: `DataError` for no classes, a class without pictures, or splits that do not fit together.
 */
export function sortPictures(paths: Iterable<string>, dir: string): PictureFolder {
  const visible = [...paths].filter((path) => !path.split('/').some(isLitter)).sort()
  const folders = groups(visible)
  const notes = leftOut(visible)
  const loose = visible.filter((path) => !path.includes('/') && isPicture(path)).length
  if (loose > 0) notes.push(`${dir}: ${count(loose, 'picture')} in no class's folder left out`)
  const splits = [...folders].filter(([name, files]) => isSplit(name, files))
  if (splits.length > 0) return { ...fromSplits(folders, splits, dir, notes), notes }
  const classNames = [...folders.keys()]
  if (classNames.length === 0)
    throw new DataError(`${dir}: wanted a folder of pictures (${pictureFormats}) for each class, found none`)
  return { classNames, pictures: labelled(folders, classNames, dir), validation: null, test: null, notes }
}

type Folders = ReadonlyMap<string, readonly string[]>

/** Paths by the folder that they begin with, those of the folders themselves left out. */
function groups(paths: readonly string[], prefix = ''): Map<string, string[]> {
  const folders = new Map<string, string[]>()
  for (const path of paths) {
    const [name, ...rest] = path.slice(prefix.length).split('/')
    if (name === undefined || rest.length === 0) continue
    const files = folders.get(name) ?? []
    folders.set(name, files)
    if (rest.some((part) => part !== '')) files.push(path)
  }
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isSplit(name: string, files: readonly string[]): boolean {
  const inside = files.map((path) => path.split('/'))
  const direct = inside.some((parts) => parts.length === 2 && isPicture(parts[1] ?? ''))
  return Object.hasOwn(splitNames, name.toLowerCase()) && !direct && inside.some((parts) => parts.length > 2)
}

function fromSplits(
  folders: Folders,
  splits: readonly (readonly [string, readonly string[]])[],
  dir: string,
  notes: string[],
): Omit<PictureFolder, 'notes'> {
  const names = splits.map(([name]) => name)
  const expected =
    'expected train/, val/ and test/ alone, with a folder for each class inside, or a folder for each class'
  const other = [...folders].find(([name, files]) => !names.includes(name) && files.some(isPicture))
  if (other)
    throw new DataError(`${dir}: holds ${names.join(', ')}, a split of a data set, beside ${other[0]}; ${expected}`)
  const found: { [split: string]: string } = {}
  for (const name of names) {
    const split = splitNames[name.toLowerCase()] ?? ''
    if (split in found)
      throw new DataError(`${dir}: ${found[split]} and ${name} are the same split; expected one of them`)
    found[split] = name
  }
  const { train, validation, test } = found
  if (train === undefined) throw new DataError(`${dir}: holds ${names.join(', ')}, but no train; ${expected}`)
  const inside = (name: string) => groups(folders.get(name) ?? [], `${name}/`)
  const classes = inside(train)
  const classNames = [...classes.keys()]
  const pictures = labelled(classes, classNames, `${dir}/${train}`)
  return { classNames, pictures, validation: held(validation), test: tested() }

  function held(name: string | undefined): Picture[] | null {
    if (name === undefined) return null
    const own = inside(name)
    const unknown = [...own.keys()].find((folder) => !classes.has(folder))
    if (unknown !== undefined)
      throw new DataError(`${dir}/${name}: holds class ${unknown}, which ${train} lacks; expected the same classes`)
    for (const [folder, files] of own) if (!files.some(isPicture)) own.delete(folder)
    if (own.size === 0) throw new DataError(`${dir}/${name}: holds no pictures; expected ${pictureFormats}`)
    return labelled(own, classNames, `${dir}/${name}`)
  }

  /** Published test sets may have no labels, but a folder for all: no reason not to train. */
  function tested(): Picture[] | null {
    try {
      return held(test)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      notes.push(`left out: ${error.message}`)
      return null
    }
  }
}

function labelled(folders: Folders, classNames: readonly string[], dir: string): Picture[] {
  const empty = [...folders].filter(([, files]) => !files.some(isPicture))
  if (empty.length > 0) {
    const what = empty.map(([name, files]) => [name, ...leftOut(files)].join(': ')).join('; ')
    throw new DataError(`${dir}: no pictures (${pictureFormats}) in ${what}; add some, or remove the folder`)
  }
  return [...folders].flatMap(([name, files]) => {
    const label = classNames.indexOf(name)
    return files.filter(isPicture).map((path) => ({ path, label }))
  })
}

function extensionOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
}

/** By its extension. */
export function isPicture(path: string): boolean {
  return extensions.includes(extensionOf(path))
}

/** Pictures of formats that are not read, counted. */
function leftOut(paths: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const extension of paths.map(extensionOf))
    if (otherExtensions.includes(extension)) counts.set(extension, (counts.get(extension) ?? 0) + 1)
  if (counts.size === 0) return []
  const found = [...counts].map(([extension, n]) => `${n} .${extension}`).join(', ')
  return [`${found} left out; expected ${pictureFormats}`]
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
