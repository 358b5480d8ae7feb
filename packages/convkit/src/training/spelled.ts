import { type Augment, alternatingFlip, compose, cutout, randomCrop, randomFlip, type ViewOptions } from '@convkit/data'
import { numberOf } from '../config/number.js'

/** `flip,crop=4`: names, each once, with a whole number or without. */
type Spelled<Name extends string> = ReadonlyMap<Name, number | null>

/** Null for what is no list of these names. `numbered` are those that may have a number, and the least that it may be. */
function parse<Name extends string>(
  text: string,
  names: readonly Name[],
  numbered: { readonly [name: string]: number },
): Spelled<Name> | null {
  const found = new Map<Name, number | null>()
  for (const part of text.split(',')) {
    const [word = '', ...rest] = part.split('=')
    const name = names.find((known) => known === word)
    if (name === undefined || found.has(name) || rest.length > 1) return null
    const [digits] = rest
    if (digits === undefined) {
      found.set(name, null)
      continue
    }
    const value = numberOf(digits)
    const least = numbered[name]
    if (value === undefined || least === undefined || !Number.isSafeInteger(value) || value < least) return null
    found.set(name, value)
  }
  return found
}

const augments = ['flip', 'alternatingFlip', 'crop', 'reflectCrop', 'cutout'] as const

/** What `--augment` spells; null for what it does not. `none` is the empty list. */
export function parseAugment(text: string): Spelled<(typeof augments)[number]> | null {
  return text === 'none' ? new Map() : parse(text, augments, { crop: 1, reflectCrop: 1, cutout: 1 })
}

/** Pixels of a crop or a square without a number: 4 and 16 of CIFAR-10's 32, as is usual for it. */
const shares = { crop: 1 / 8, cutout: 1 / 2 }

/** The augmentation of images of `height`, in the order of the list; null for none. */
export function augmentOf(given: string | Augment | undefined, height: number, seed: number): Augment | null {
  if (typeof given !== 'string') return given ?? null
  const spelled = parseAugment(given)
  if (!spelled || spelled.size === 0) return null
  const pixels = (value: number | null, share: number) => value ?? Math.max(1, Math.round(share * height))
  const make = {
    flip: () => randomFlip,
    alternatingFlip: () => alternatingFlip({ seed }),
    crop: (pad: number | null) => randomCrop({ pad: pixels(pad, shares.crop) }),
    reflectCrop: (pad: number | null) => randomCrop({ pad: pixels(pad, shares.crop), mode: 'reflect' }),
    cutout: (size: number | null) => cutout({ size: pixels(size, shares.cutout) }),
  }
  return compose(...[...spelled].map(([name, value]) => make[name](value)))
}

/** What `--views` spells; null for what it does not. */
export function parseViews(text: string): ViewOptions | null {
  const spelled = parse(text, ['mirror', 'translate'], { translate: 1 })
  if (!spelled) return null
  return { mirror: spelled.has('mirror'), translate: spelled.has('translate') ? (spelled.get('translate') ?? 1) : 0 }
}
