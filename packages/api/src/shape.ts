import { ShapeError } from './errors.js'

/** Sizes of the axes, outermost first; row-major. `[]` is a scalar. */
export type Shape = readonly number[]

export function sizeOf(shape: Shape): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`
}

/** Every axis an integer of at least 1. */
export function checkShape(call: string, shape: Shape): void {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw new ShapeError(`${call}: every axis must be an integer of at least 1, got ${formatShape(shape)}`)
}

export function checkSameShape(layer: string, name: string, got: Shape, wanted: Shape): void {
  if (got.length !== wanted.length || got.some((length, axis) => length !== wanted[axis]))
    throw new ShapeError(`${layer}: ${name} must have shape ${formatShape(wanted)}, got ${formatShape(got)}`)
}
