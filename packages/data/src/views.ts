import { checkOptions, checkSwitches, type OptionNames } from '@convkit/api'
import type { Dataset } from './dataset.js'
import { checkPadding, checkReach, mirror, moveImage } from './window.js'

/** The views of an image that a model's scores are averaged over. */
export interface ViewOptions {
  /** Mirrored left to right as well. */
  readonly mirror?: boolean
  /** Moved by so many pixels up and left, and down and right, as well; default 0: not moved. The edges reflect. */
  readonly translate?: number
}

const viewOptions: OptionNames<ViewOptions> = { mirror: true, translate: true }

/** Images (N, C, H, W) as they are seen in one view: a new array, or the input. */
export type View = (images: Float32Array, shape: Dataset['shape']) => Float32Array

/**
 * The image itself, moved, and each of these mirrored: up to six views (Jordan 2024). Throws `ConfigError` for options
 * unknown or out of range.
 */
export function createViews(options: ViewOptions): readonly View[] {
  const { mirror: mirrored = false, translate = 0 } = checkOptions('views', options, viewOptions)
  checkSwitches('views', { mirror: mirrored })
  checkPadding('views', translate, 'reflect')
  const moved = translate === 0 ? [identity] : [identity, move(-translate), move(translate)]
  return mirrored ? [...moved, ...moved.map(flip)] : moved
}

const identity: View = (images) => images

function move(by: number): View {
  return (images, shape) => {
    checkReach('views', Math.abs(by), 'reflect', shape)
    const into = new Float32Array(images.length)
    for (let n = 0; n < shape[0]; n++) moveImage({ images, into, shape }, n, [by, by], 'reflect')
    return into
  }
}

function flip(view: View): View {
  return (images, shape) => {
    const flipped = view(images, shape).slice()
    for (let n = 0; n < shape[0]; n++) mirror(flipped, shape, n)
    return flipped
  }
}
