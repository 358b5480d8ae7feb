import { ourConventions } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { createConventional } from '../../src/conventions/oracle.js'
import { createReferee } from '../../src/core/referee.js'
import { rmspropSpec } from '../../src/updates/rmsprop.js'

test('a referee holds each backend to the conventions that it declares', async () => {
  const naive = createNaive()
  const conventions = { ...ourConventions, rmsprop: { epsilon: 'insideRoot' } } as const
  const other = createConventional(conventions)
  const one = { shape: [1], data: Float64Array.of(1) }
  const attrs = { learningRate: 0.5, decayRate: 0.5, epsilon: 0.5 }
  const referee = await createReferee(rmspropSpec, naive, {
    layer: 'rmsprop',
    attrs,
    inputs: { w: one, g: one, v: one },
  })
  for (const backend of [naive, other, naive]) await referee.hold(backend, 'float64')
  await expect(referee.hold({ ...other, conventions: {} }, 'float64')).rejects.toThrow('rmsprop: speed: w[0]')
  await expect(referee.hold({ ...naive, conventions }, 'float64')).rejects.toThrow('rmsprop: speed: w[0]')
})
