import { DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLitter, sortPictures } from '../src/index.js'

const sorted = (paths: readonly string[]) => sortPictures(paths, 'photos')

describe('a folder of pictures', () => {
  it('has a class for each folder, with the pictures at any depth, whatever the order of the list', () => {
    const paths = ['dog/1.png', 'cat/kittens/2.JPG', 'cat/1.jpeg', 'cat/', 'cat/kittens/', 'dog/', 'dog/notes.txt']
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), (list) => {
        expect(sorted(list)).toEqual({
          classNames: ['cat', 'dog'],
          pictures: [
            { path: 'cat/1.jpeg', label: 0 },
            { path: 'cat/kittens/2.JPG', label: 0 },
            { path: 'dog/1.png', label: 1 },
          ],
          validation: null,
          test: null,
          notes: [],
        })
      }),
      { seed: 1 },
    )
  })

  it('passes over hidden files and what programs leave, at any depth', () => {
    const names = ['.ipynb_checkpoints', '.DS_Store', '__MACOSX', 'Thumbs.db', 'desktop.ini', '@eaDir', '._1.png']
    const plain = ['cat/1.png', 'dog/1.png']
    for (const name of names) {
      expect(isLitter(name)).toBe(true)
      const more = [`${name}/`, `${name}/1.png`, `${name}/cat/1.png`, `cat/${name}`, `cat/${name}/2.png`]
      expect(sorted([...plain, ...more])).toEqual(sorted(plain))
    }
  })

  it('tells of pictures that are left out: of other formats, and outside of the classes', () => {
    const { notes, pictures } = sorted(['cat/1.png', 'cat/2.bmp', 'cat/3.heic', 'dog/1.gif', 'dog/2.BMP', 'loose.png'])
    expect(pictures).toHaveLength(2)
    expect(notes).toEqual([
      '2 .bmp, 1 .heic left out; expected JPEG, PNG, WebP, GIF or AVIF',
      "photos: 1 picture in no class's folder left out",
    ])
  })

  it('refuses a class without pictures, with what lies there instead', () => {
    expect(() => sorted(['cat/1.png', 'dog/1.heic', 'dog/2.heic', 'owl/'])).toThrow(
      new DataError(
        'photos: no pictures (JPEG, PNG, WebP, GIF or AVIF) in dog: 2 .heic left out; expected JPEG, PNG, WebP, GIF or AVIF; owl; add some, or remove the folder',
      ),
    )
    expect(() => sorted(['1.png', '2.png'])).toThrow(/wanted a folder of pictures .* for each class, found none/)
    expect(() => sorted([])).toThrow(DataError)
  })
})

describe('a split above the classes', () => {
  it.each(['val', 'valid', 'validation', 'Val'])('is taken as it is: train and %s', (val) => {
    const found = sorted(['train/cat/1.png', 'train/dog/1.png', `${val}/dog/7.png`, 'test/cat/1.png', 'README.txt'])
    expect(found).toEqual({
      classNames: ['cat', 'dog'],
      pictures: [
        { path: 'train/cat/1.png', label: 0 },
        { path: 'train/dog/1.png', label: 1 },
      ],
      validation: [{ path: `${val}/dog/7.png`, label: 1 }],
      test: [{ path: 'test/cat/1.png', label: 0 }],
      notes: [],
    })
  })

  it('has no test set where that has other classes, or no pictures, and says so', () => {
    const train = ['train/cat/1.png', 'train/dog/1.png']
    expect(sorted([...train, 'test/all/1.png', 'test/all/2.png'])).toMatchObject({
      test: null,
      notes: ['left out: photos/test: holds class all, which train lacks; expected the same classes'],
    })
    expect(sorted([...train, 'testing/cat/'])).toMatchObject({
      test: null,
      notes: [expect.stringMatching(/testing: holds no pictures/)],
    })
  })

  it('may lack validation, which is then the caller’s to hold out', () => {
    expect(sorted(['train/cat/1.png', 'train/dog/1.png'])).toMatchObject({
      classNames: ['cat', 'dog'],
      validation: null,
    })
  })

  it('is none where pictures lie in it: these are classes', () => {
    expect(sorted(['train/1.png', 'ship/1.png', 'train/more/2.png']).classNames).toEqual(['ship', 'train'])
  })

  it.each([
    [['test/cat/1.png', 'val/cat/1.png'], /holds test, val, but no train/],
    [['train/cat/1.png', 'training/cat/1.png'], /train and training are the same split/],
    [['train/cat/1.png', 'photos/1.png'], /holds train, a split of a data set, beside photos/],
    [['train/cat/1.png', 'val/owl/1.png'], /val: holds class owl, which train lacks/],
    [['train/cat/1.png', 'val/cat/'], /val: holds no pictures/],
    [['train/cat/1.png', 'train/dog/', 'val/cat/1.png'], /train: no pictures .* in dog/],
  ])('is refused where it does not fit together: %j', (paths, message) => {
    expect(() => sorted(paths)).toThrow(message)
    expect(() => sorted(paths)).toThrow(DataError)
  })
})
