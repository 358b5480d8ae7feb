import { expect, it } from 'vitest'
import * as api from '../src/index.js'

const errors = Object.entries(api).filter(([name, value]) => name.endsWith('Error') && typeof value === 'function') as [
  string,
  typeof api.ConvkitError,
][]

it.each(errors)('%s is a ConvkitError that says its own name, whatever a bundler calls its class', (name, Class) => {
  expect(new Class('why')).toBeInstanceOf(api.ConvkitError)
  class Shortened extends Class {}
  expect(new Shortened('why')).toMatchObject({ name, message: 'why' })
})

it.each<readonly [() => unknown, api.ShapeFault]>([
  [
    () => api.conv2d.dims([1, 3, 8, 8], [4, 2, 3, 3], undefined),
    { layer: 'conv2d', operand: 'x', shapes: { x: [1, 3, 8, 8], w: [4, 2, 3, 3] } },
  ],
  [
    () => api.conv2d.dims([1, 3, 8, 8], [4, 3, 3, 3], undefined, { stride: 0 }),
    { layer: 'conv2d', operand: 'stride', shapes: { x: [1, 3, 8, 8], w: [4, 3, 3, 3] } },
  ],
  [
    () => api.maxPool2d.dims([1, 3, 8, 8], { kernel: 2, pad: 2 }),
    { layer: 'maxPool2d', operand: 'pad', shapes: { x: [1, 3, 8, 8], kernel: 2 } },
  ],
  [
    () => api.groupNorm.dims([2, 3, 4], [3], [3], 2),
    { layer: 'groupNorm', operand: 'groups', shapes: { x: [2, 3, 4], gamma: [3], beta: [3] } },
  ],
])('a ShapeError says in fields what does not fit', (call, fault) => {
  expect(call).toThrow(expect.objectContaining({ name: 'ShapeError', fault }))
})
