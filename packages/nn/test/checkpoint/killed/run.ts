import { Solver } from '../../../src/index.js'
import { saveCheckpoint } from '../../../src/node/index.js'
import { build, twoColours } from '../../solver/fixture.js'

export const data = { train: twoColours(100, { noise: 2 }), validation: twoColours(20, { seed: 2, noise: 2 }) }
export const options = { epochs: 20, batchSize: 10, optimizer: 'adam', lrDecay: 0.9, accumulate: 2 } as const

/**
 * Saves to `path` every 7 of an epoch's 10 iterations and says so on standard output.
 * @public called by child.mjs
 */
export async function train(path: string): Promise<void> {
  using model = build()
  using solver = new Solver(model, data, options)
  for await (const event of solver.train({ checkpointEvery: 7 })) {
    if (event.type === 'checkpoint') {
      await saveCheckpoint(path, solver)
      process.stdout.write('saved\n')
    }
    // Slow enough to be killed long before the end.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
