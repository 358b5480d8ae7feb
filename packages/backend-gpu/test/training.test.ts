import { describe, expect, it } from 'vitest'
import { createGpu } from '../src/index.js'
import { batchSize, imageBytes, train } from './support/net.js'
import { watch } from './support/watched.js'

describe('a hundred steps', () => {
  it('are two programs and a hundred runs, though images and learning rate change', async () => {
    const backend = await createGpu({ provider: 'cpu' })
    await train(backend, 100)
    // The first fills the optimizer's slots.
    expect(backend.counts).toMatchObject({ compiled: 2, runs: 101 })
    await backend.close?.()
  })

  it('bring back the state and the losses, and no activation', async () => {
    const backend = await createGpu({ provider: 'cpu' })
    let before = { ...backend.counts }
    const { stateBytes } = await train(backend, 100, {
      onStart() {
        before = { ...backend.counts }
      },
    })
    const [up, down] = [backend.counts.uploaded - before.uploaded, backend.counts.downloaded - before.downloaded]
    expect(down).toBe(100 * (stateBytes + 4))
    // Gradients are made anew, not fed. Hyperparameters and labels are what is left.
    const fed = up - 100 * (imageBytes + 4 * batchSize)
    expect(fed).toBeGreaterThan(0)
    expect(fed).toBeLessThan(100 * (stateBytes + 100))
    await backend.close?.()
  })
})

describe('several steps in one run', () => {
  it.each(['sgd', 'sgdMomentum', 'adam'] as const)(
    'give the losses of single ones, bit for bit (%s)',
    async (optimizer) => {
      const [single, looped] = [
        await createGpu({ provider: 'cpu' }),
        await createGpu({ provider: 'cpu', stepsPerRun: 4 }),
      ]
      const { losses } = await train(single, 18, { optimizer })
      expect((await train(looped, 18, { optimizer })).losses).toEqual(losses)
      await single.close?.()
      await looped.close?.()
    },
  )

  it('run as one loop that is compiled once; what is left over runs step by step', async () => {
    const { provider, specs } = await watch()
    const backend = await createGpu({ provider, stepsPerRun: 5 })
    let before = 0
    await train(backend, 22, {
      onStart() {
        before = backend.counts.runs
      },
    })
    expect(backend.counts.runs - before).toBe(4 + 2)
    const loops = specs.filter(({ model }) => Buffer.from(model).includes('Loop'))
    expect(loops).toHaveLength(1)
    await backend.close?.()
  })

  it('carry the state inside: it crosses once a run, not once a step', async () => {
    const crossing = async (stepsPerRun: number) => {
      const backend = await createGpu({ provider: 'cpu', stepsPerRun })
      const { stateBytes } = await train(backend, 40)
      await backend.close?.()
      return backend.counts.downloaded / stateBytes
    }
    expect(await crossing(1)).toBeGreaterThan(40)
    expect(await crossing(10)).toBeLessThan(5)
  })
})

describe('steps that nobody marks', () => {
  it('are cut where a scope ends, so that they too share programs', async () => {
    const backend = await createGpu({ provider: 'cpu', recorded: 100 })
    const marked = await createGpu({ provider: 'cpu' })
    const { losses } = await train(backend, 60, { marked: false })
    expect(losses).toEqual((await train(marked, 60)).losses)
    expect(backend.counts.compiled).toBeLessThanOrEqual(4)
    expect(backend.counts.runs).toBeGreaterThan(10)
    await backend.close?.()
    await marked.close?.()
  })
})
