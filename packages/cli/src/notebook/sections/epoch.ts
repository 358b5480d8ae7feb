import { ThreeLayerConvNet } from '@convkit/nn'
import type { Table } from '../../charts/content.js'
import { trainingCharts } from '../../charts/training.js'
import { atLeast, measured, passes, within } from '../figure.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'
import { first, type Trained, train } from '../training.js'

const options = { epochs: 1, batchSize: 50, optimizer: { name: 'adam', learningRate: 1e-3 } } as const

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
    const { backend, baseline, length, data } = notebook
    const tooSlow = length !== 'full' && backend.name === baseline.name
    if (length === 'quick' || tooSlow) {
      const figures = [measured('the epoch would take, by its first three steps', await estimateSeconds(notebook), 's')]
      const reason =
        length === 'quick' ? 'a quick run leaves it out.' : `on ${backend.name} it is run only with --full.`
      return { figures, skipped: `${reason} How long it would take here stands below.` }
    }
    using model = create(notebook)
    const trained = await train(notebook, model, data, options, 'epoch')
    notebook.handedOn.filters = { ...trained.filters, from: 'the network that was trained for one epoch' }
    const { losses, epochs, stepSeconds } = trained
    const firstLoss = losses[0]?.loss ?? Number.NaN
    const lastLoss = losses.at(-1)?.loss ?? Number.NaN
    const trainAccuracy = epochs.at(-1)?.trainAccuracy ?? Number.NaN
    const validationAccuracy = epochs.at(-1)?.validationAccuracy ?? Number.NaN
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
        { ...within('first loss', firstLoss, 0.05, Math.log(10), 'ln 10'), printed: wanted.firstLoss },
        passes('last loss', lastLoss, 'below the first', lastLoss < firstLoss, wanted.lastLoss),
        atLeast('training accuracy, 1000 images', trainAccuracy, 0.4, wanted.trainAccuracy),
        atLeast('validation accuracy', validationAccuracy, 0.4, wanted.validationAccuracy),
        measured('median iteration of 50 images', stepSeconds, 's'),
      ],
      charts: trainingCharts(trained),
      tables: [log(trained)],
    }
  },
}

/**
 * The first three steps of this very network, and a pass over 50 images, taken to the length of the epoch: accuracies are
 * measured twice, on 1000 training and all validation images.
 */
async function estimateSeconds(notebook: Notebook): Promise<number> {
  const { train: images, validation } = notebook.data
  using model = create(notebook)
  const few = { train: first(images, 150), validation: first(validation, 1) }
  const quiet = { ...notebook, onProgress() {}, onWarning() {} }
  const { stepSeconds } = await train(quiet, model, few, { ...options, trainSamples: 1 }, 'three steps')
  const start = performance.now()
  const batch = first(images, 50)
  await model.predict(batch.images, { batchSize: 50 })
  const imageSeconds = (performance.now() - start) / 1000 / batch.labels.length
  const looked = 2 * (Math.min(1000, images.labels.length) + validation.labels.length)
  return Math.floor(images.labels.length / 50) * stepSeconds + looked * imageSeconds
}

function create({ backend, dtype, seed, data }: Notebook): ThreeLayerConvNet {
  const [, ...inputDim] = data.train.shape
  return new ThreeLayerConvNet(backend, { inputDim, weightScale: 1e-3, hiddenDim: 500, reg: 1e-3, dtype, seed })
}

/** Every twentieth iteration, as the notebook prints them. */
function log({ losses, epochs }: Trained): Table {
  const rows = losses
    .filter(({ iteration }) => iteration % 20 === 1)
    .map(({ iteration, loss }) => ({ header: `iteration ${iteration} / ${losses.length}`, cells: [loss, '', ''] }))
  const checks = epochs.map(({ epoch, trainAccuracy, validationAccuracy }) => ({
    header: `after epoch ${epoch}`,
    cells: ['', trainAccuracy ?? '', validationAccuracy ?? ''],
  }))
  const columns = ['moment', 'loss', 'training accuracy', 'validation accuracy']
  return { caption: 'Training log', columns, rows: [...checks.slice(0, 1), ...rows, ...checks.slice(1)] }
}
