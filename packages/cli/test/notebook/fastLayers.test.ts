import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { compare, workloads } from '../../src/notebook/sections/fastLayers.js'
import { altered } from './support/altered.js'
import { createNotebook } from './support/notebook.js'

/** The notebook's workloads with 2 images instead of 100. */
const small = workloads.map((workload) => ({
  ...workload,
  shapes: Object.fromEntries(
    Object.entries(workload.shapes).map(([name, shape]) => [name, shape[0] === 100 ? [2, ...shape.slice(1)] : shape]),
  ),
}))

async function compareAll(backend: Backend) {
  const notebook = createNotebook({ backend: { ...backend, name: 'fast' } })
  return (await Promise.all(small.map((workload) => compare(notebook, workload)))).flat()
}

const failed = (figures: Awaited<ReturnType<typeof compareAll>>) =>
  figures.filter(({ check }) => check && !check.passed).map(({ name }) => name)

describe('naive against another naive', () => {
  it('is equal, in every output', async () => {
    const figures = await compareAll(createNaive())
    expect(figures.filter(({ check }) => check).map(({ name, value }) => [name, value])).toEqual([
      ['conv forward: y, relative difference', 0],
      ['conv backward: dx, relative difference', 0],
      ['conv backward: dw, relative difference', 0],
      ['conv backward: db, relative difference', 0],
      ['pool forward: y, relative difference', 0],
      ['pool backward: dx, relative difference', 0],
    ])
    expect(failed(figures)).toEqual([])
  })

  it('has times and a speed-up for each direction, beside the printed ones', async () => {
    const figures = await compareAll(createNaive())
    const [naive, fast, speedup] = figures.map(({ value }) => Number(value))
    expect(figures[0]).toMatchObject({ name: 'conv forward: naive', measured: 's', printed: 2.766358 })
    expect(figures[1]).toMatchObject({ name: 'conv forward: fast', measured: 's', printed: 0.006948 })
    expect(speedup).toBe(Number(naive) / Number(fast))
    expect(figures.filter(({ measured }) => measured).length).toBe(4 * 3)
  })

  it('may differ by the rounding of its sums and no more', async () => {
    const unit = 2 ** -53
    expect(failed(await compareAll(altered('conv2d', 'forward', 4 * unit)))).toEqual([])
    expect(failed(await compareAll(altered('conv2d', 'forward', 4000 * unit)))).toEqual([
      'conv forward: y, relative difference',
    ])
    expect(failed(await compareAll(altered('maxPool2d', 'backward', 4 * unit)))).toEqual([
      'pool backward: dx, relative difference',
    ])
  })
})
