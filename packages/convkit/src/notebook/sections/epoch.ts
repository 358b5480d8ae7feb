import { ThreeLayerConvNet } from '@convkit/nn'
import { atLeast, measured, passes, type Table, within } from '../figure.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'
import { operations, type Trained, train, trainingCharts } from '../training.js'

export const epoch: Section = {
  id: 'epoch',
  title: 'One epoch of training',
  text: [
    'Every one of the 49000 training images is seen once, in 980 batches of 50, by a network with 500 hidden units and a little regularisation. That is enough to classify about half of the images rightly.',
  ],
  code: `using model = new ThreeLayerConvNet(backend, { weightScale: 1e-3, hiddenDim: 500, reg: 1e-3, seed })
using solver = new Solver(model, { train, validation }, {
  epochs: 1, batchSize: 50, optimizer: { name: 'adam', learningRate: 1e-3 }, seed,
})`,

  async run(notebook) {
    const { backend, baseline, dtype, seed, length, data } = notebook
    const estimate = measured('the epoch would take, from the steps of the overfit', estimateSeconds(notebook), 's')
    if (length === 'quick') return { figures: [estimate], skipped: 'a quick run leaves it out.' }
    if (length !== 'full' && backend.name === baseline.name) {
      const skipped = `the ${backend.name} backend is slow, so it is run only with --full; see the estimate below.`
      return { figures: [estimate], skipped }
    }
    const [, ...inputDim] = data.train.shape
    const sizes = { inputDim, weightScale: 1e-3, hiddenDim: 500, reg: 1e-3 }
    using model = new ThreeLayerConvNet(backend, { ...sizes, dtype, seed })
    const options = { epochs: 1, batchSize: 50, optimizer: { name: 'adam', learningRate: 1e-3 } } as const
    const trained = await train(notebook, model, data, options, 'epoch')
    notebook.handedOn.filters = { ...trained.filters, from: 'the network that was trained for one epoch' }
    const { losses, epochs, stepSeconds } = trained
    const first = losses[0]?.loss ?? Number.NaN
    const last = losses.at(-1)?.loss ?? Number.NaN
    const { trainAccuracy = Number.NaN, validationAccuracy = Number.NaN } = epochs.at(-1) ?? {}
    const wanted = printed.epoch
    return {
      figures: [
        passes(
          'iterations',
          losses.length,
          'one for every 50 images',
          losses.length === Math.floor(data.train.labels.length / 50),
          wanted.iterations,
        ),
        { ...within('first loss', first, 0.05, Math.log(10), 'ln 10'), printed: wanted.firstLoss },
        passes('last loss', last, 'below the first', last < first, wanted.lastLoss),
        atLeast('training accuracy, 1000 images', trainAccuracy, 0.4, wanted.trainAccuracy),
        atLeast('validation accuracy', validationAccuracy, 0.4, wanted.validationAccuracy),
        measured('median iteration of 50 images', stepSeconds, 's'),
      ],
      charts: trainingCharts(trained),
      tables: [log(trained)],
    }
  },
}

/** A step costs more here than in the overfit, by its count of operations; accuracies are measured twice on 2000 images. */
function estimateSeconds({ handedOn: { stepSeconds }, data }: Notebook): number {
  const [small, large] = [operations(100), operations(500)]
  const iterations = Math.floor(data.train.labels.length / 50)
  return (((stepSeconds ?? Number.NaN) / small.step) * (iterations * 50 * large.step + 4000 * large.forward)) / 50
}

/** Every twentieth iteration, as the notebook prints them. */
function log({ losses, epochs }: Trained): Table {
  const rows = losses
    .filter(({ iteration }) => iteration % 20 === 1)
    .map(({ iteration, loss }) => ({ header: `iteration ${iteration} / ${losses.length}`, cells: [loss, '', ''] }))
  const checks = epochs.map(({ epoch, trainAccuracy, validationAccuracy }) => ({
    header: `after epoch ${epoch}`,
    cells: ['', trainAccuracy, validationAccuracy],
  }))
  const columns = ['', 'loss', 'training accuracy', 'validation accuracy']
  return { caption: 'Training log', columns, rows: [...checks.slice(0, 1), ...rows, ...checks.slice(1)] }
}
