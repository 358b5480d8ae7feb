import { ShapeError, type ShapeFault } from './errors.js'

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
    throw new ShapeError(`${layer}: ${name} must have shape ${formatShape(wanted)}, got ${formatShape(got)}`, {
      fault: { layer, operand: name, shapes: { [name]: got } },
    })
}

/** The error that one operand or option makes; `says` follows the layer's name, and the shapes follow that. */
export type MakeShapeError = (operand: string, says: string) => ShapeError

/** Errors of one call. */
export function shapeErrors(layer: string, shapes: ShapeFault['shapes']): MakeShapeError {
  return (operand, says) => {
    const seen = Object.entries(shapes).map(([name, sizes]) => `${name} ${formatSizes(sizes)}`)
    return new ShapeError(`${layer}: ${says} (${seen.join(', ')})`, { fault: { layer, operand, shapes } })
  }
}

export function formatSizes(sizes: Shape | number): string {
  return typeof sizes === 'number' ? String(sizes) : formatShape(sizes)
}
