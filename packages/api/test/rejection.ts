import { formatShape, type Shape, ShapeError } from '@convkit/api'
import { expect } from 'vitest'

/** Runs `call`, which must throw a `ShapeError` whose message opens with the layer's name and shows every shape. */
export function expectRejection(layer: string, shapes: readonly Shape[], call: () => unknown): void {
  let error: unknown
  try {
    call()
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(ShapeError)
  const message = String((error as ShapeError).message)
  expect(message.slice(0, layer.length + 2)).toBe(`${layer}: `)
  for (const shape of shapes) expect(message).toContain(formatShape(shape))
}
