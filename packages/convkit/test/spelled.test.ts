import { randomFlip } from '@convkit/data'
import { describe, expect, it } from 'vitest'
import { augmentOf, parseAugment, parseViews } from '../src/training/spelled.js'

describe('--augment', () => {
  it('spells augmentations in their order, with pixels of its own or in proportion to the image', () => {
    const name = (text: string, height = 32) => augmentOf(text, height, 7)?.name
    expect(name('flip,crop=4')).toBe('randomFlip + randomCrop(pad=4,mode=zero)')
    expect(name('cutout,reflectCrop=2,alternatingFlip')).toBe(
      'cutout(size=16) + randomCrop(pad=2,mode=reflect) + alternatingFlip(seed=7)',
    )
    expect(name('crop', 64)).toBe('randomCrop(pad=8,mode=zero)')
    expect(name('reflectCrop', 2)).toBe('randomCrop(pad=1,mode=reflect)')
    expect([augmentOf('none', 32, 7), augmentOf(undefined, 32, 7)]).toEqual([null, null])
    expect(augmentOf(randomFlip, 32, 7)).toBe(randomFlip)
  })

  it('refuses what it does not know', () => {
    const texts = [
      '',
      'flop',
      'flip,',
      'flip,flip',
      'flip=2',
      'crop=0',
      'crop=-1',
      'crop=1.5',
      'crop=a',
      'crop=1=2',
      'none,flip',
      'flip, crop',
      'constructor',
    ]
    for (const text of texts) expect([text, parseAugment(text)]).toEqual([text, null])
  })
})

describe('--views', () => {
  it('spells views, and refuses what it does not know', () => {
    expect(parseViews('mirror')).toEqual({ mirror: true, translate: 0 })
    expect(parseViews('translate')).toEqual({ mirror: false, translate: 1 })
    expect(parseViews('translate=2,mirror')).toEqual({ mirror: true, translate: 2 })
    for (const text of ['', 'flip', 'mirror=1', 'translate=0', 'mirror,mirror']) expect(parseViews(text)).toBeNull()
  })
})
