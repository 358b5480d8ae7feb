import { type Backend, type Data, type KernelTables, UnsupportedError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { mapped } from '../../../mutants/src/mutants/faults.js'
import { collect, runConformance } from '../../src/index.js'

const naive = createNaive()
const { conv2d, relu, softmaxCrossEntropy } = naive.kernels.float32 ?? {}
if (!conv2d || !relu || !softmaxCrossEntropy) throw new Error('naive has them')

async function statuses(tables: KernelTables<Data>, layer: string, runs = 5) {
  const backend: Backend<Data> = { ...naive, kernels: { float32: tables } }
  const { checks, score } = await collect(runConformance(backend, { layer: [layer], runs }))
  return { of: Object.fromEntries(checks.map(({ law, status }) => [law, status])), checks, score }
}

describe('a table with forward alone', () => {
  it('is held to its forward pass, and lacks the other', async () => {
    const { of, score } = await statuses({ conv2d: { forward: conv2d.forward } }, 'conv2d')
    expect(of).toMatchObject({ forward: 'passed', backward: 'missing', adjoint: 'missing', unwanted: 'missing' })
    // Each kernel alone is held to what changes its operands.
    expect(of).toMatchObject({ 'stale kernels': 'passed' })
    expect(score.passed).toBe(2)
  })

  it('of a loss is held to it as well', async () => {
    const { forward } = softmaxCrossEntropy
    const { of } = await statuses({ softmaxCrossEntropy: { forward } }, 'softmaxCrossEntropy')
    expect(of).toMatchObject({ forward: 'passed', backward: 'missing' })
  })

  it('fails by it', async () => {
    const forward: typeof conv2d.forward = (d, x, w, b, y) => {
      conv2d.forward(d, x, w, b, y)
      y[0] += 1
    }
    expect((await statuses({ conv2d: { forward } }, 'conv2d')).of).toMatchObject({ forward: 'failed' })
  })

  it('that refuses some calls refuses those, and lacks the backward pass still', async () => {
    const unsupported: NonNullable<typeof conv2d.unsupported> = ({ dilationH }) => (dilationH > 1 ? 'dilated' : null)
    const { of, checks } = await statuses({ conv2d: { forward: conv2d.forward, unsupported } }, 'conv2d', 20)
    expect(of).toMatchObject({ forward: 'refused', backward: 'missing' })
    expect(checks.find(({ law }) => law === 'forward')?.refusals.join()).toContain('dilated')
    expect(checks.find(({ law }) => law === 'forward')?.cases).toBeGreaterThan(5)
  })
})

describe('a kernel that computes dx and refuses dw', () => {
  const unsupported: NonNullable<typeof conv2d.unsupported> = (_, method, { dw }) =>
    method === 'backward' && dw ? 'no gradient of weights' : null

  it('is refused where both are wanted', async () => {
    const { of, checks } = await statuses({ conv2d: { ...conv2d, unsupported } }, 'conv2d')
    expect(of).toMatchObject({ forward: 'passed', backward: 'refused', large: 'refused', 'inputs kept': 'refused' })
    expect(checks.find(({ law }) => law === 'backward')?.refusals.join()).toContain('no gradient of weights')
  })

  it('fails where the dx that it does compute is wrong', async () => {
    const backward: typeof conv2d.backward = (d, dy, x, w, dx, dw, db) => {
      conv2d.backward(d, dy, x, w, dx, dw, db)
      dx?.set(mapped(dx, (value) => 1.01 * value))
    }
    const { of, checks } = await statuses({ conv2d: { ...conv2d, backward, unsupported } }, 'conv2d')
    expect(of).toMatchObject({ backward: 'failed', large: 'failed' })
    expect(checks.find(({ law }) => law === 'backward')?.failure?.evidence?.output).toBe('dx')
  })
})

it('a kernel that throws an UnsupportedError of its own refuses the call', async () => {
  const forward = () => {
    throw new UnsupportedError('not on this device')
  }
  const { of, checks } = await statuses({ relu: { ...relu, forward } }, 'relu')
  expect(of).toMatchObject({ forward: 'refused', kink: 'refused' })
  expect(checks[0]?.refusals).toEqual(['not on this device'])
})
