import { describe, expect, test } from 'vitest'
import { layers } from '../src/index.js'
import { globalAvgPool2dFaults, scaleFaults, upsampleNearest2dFaults } from './support/composedFaults.js'
import { eighths, globalAvgPool2dLaws, run, scaleLaws, upsampleNearest2dLaws } from './support/composedLaws.js'
import { testLaws } from './support/laws.js'

testLaws('scale', scaleLaws, layers.scale, scaleFaults)
testLaws('globalAvgPool2d', globalAvgPool2dLaws, layers.globalAvgPool2d, globalAvgPool2dFaults)
testLaws('upsampleNearest2d', upsampleNearest2dLaws, layers.upsampleNearest2d, upsampleNearest2dFaults)

describe('layers that are made of the kernels of others', () => {
  test.each([
    [() => layers.scale({ factor: Number.POSITIVE_INFINITY }), 'scale: factor must be a finite number, got Infinity'],
    [() => layers.upsampleNearest2d({ factor: 1.5 }), 'upsampleNearest2d: factor must be an integer of at least 1'],
    [() => layers.globalAvgPool2d({ kernel: 2 } as never), 'globalAvgPool2d: there is no option kernel'],
  ])('refuse what makes no sense: %#', async (make, message) => {
    await expect((async () => run(make(), eighths(192)))()).rejects.toThrow(message)
  })

  test.each([layers.globalAvgPool2d(), layers.upsampleNearest2d({ factor: 2 })])('$kind wants images', async (spec) => {
    await expect(run(spec, eighths(6), [2, 3])).rejects.toThrow(
      `${spec.kind}: x must have 4 axes (N, C, H, W), got [1,3]`,
    )
  })
})
