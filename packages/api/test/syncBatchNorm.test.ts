import { withSyncBatchNorm } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { Recorder, type RecorderOptions } from './recorder.js'

const synchronised = (options: RecorderOptions) =>
  withSyncBatchNorm(new Recorder(options), async () => {}).kernels.float32?.batchNorm ?? {}

describe('batch norm over all processes', () => {
  test.each(['reduce', 'normalize', 'input'])('has no statistics and no dx without %s', (missing) => {
    const kernels = Object.keys(synchronised({ missing: [`batchNorm.${missing}`] }))
    expect(kernels).not.toContain('statistics')
    expect(kernels).not.toContain('input')
    expect(kernels).toContain('running')
  })

  test('refuses statistics where what they are made of is refused', () => {
    const asked: unknown[] = []
    const { unsupported } = synchronised({
      refusals: {
        batchNorm(_, method, wanted) {
          asked.push([method, wanted])
          return method === 'normalize' ? 'no rows' : null
        },
      },
    })
    const d = { n: 2, channels: 3, inner: 4 }
    expect(unsupported?.(d, 'statistics', { mean: true, variance: true })).toBe('no rows')
    expect(unsupported?.(d, 'input', { dx: true })).toBeNull()
    expect(asked).toEqual([
      ['reduce', { dgamma: true, dbeta: true }],
      ['normalize', { y: true }],
      ['input', { dx: true }],
    ])
  })

  test('declares what the backend does', () => {
    const recorder = new Recorder()
    const conventions = { relu: { slopeAtZero: 1 } } as const
    const backend = withSyncBatchNorm(Object.create(recorder, { conventions: { value: conventions } }), async () => {})
    expect(backend.conventions).toBe(conventions)
  })
})
