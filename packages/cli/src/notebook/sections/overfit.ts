import type { Dataset } from '@convkit/data'
import { ThreeLayerConvNet } from '@convkit/nn'
import { trainingCharts } from '../../charts/training.js'
import { atLeast, measured, passes } from '../figure.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'
import { first, train } from '../training.js'

/** Validation images that a quick run looks at after each epoch. */
const quickSample = 200

export const overfit: Section = {
  id: 'overfit',
  title: 'Overfitting 100 images',
  text: [
    'A network that can learn at all can learn a hundred images by heart. Fifteen epochs with Adam should bring the training accuracy close to 1 while the validation accuracy stays low, though above the 0.1 of guessing: so little data teaches little about other images.',
    'The weights, the order of the batches and the samples that accuracies are measured on all come from the seed, so a second run gives the same numbers bit for bit. The last figures are measured once more on every image when training is over.',
  ],
  code: `using model = new ThreeLayerConvNet(backend, { weightScale: 1e-2, seed })
using solver = new Solver(model, { train: first(train, 100), validation }, {
  epochs: 15, batchSize: 50, optimizer: { name: 'adam', learningRate: 1e-3 }, seed,
})
for await (const event of solver.train()) console.log(event)`,

  async run(notebook) {
    const { backend, dtype, seed, length, data } = notebook
    const few = first(data.train, 100)
    const [, ...inputDim] = few.shape
    using model = new ThreeLayerConvNet(backend, { inputDim, weightScale: 1e-2, dtype, seed })
    const quick = length === 'quick' && data.validation.labels.length > quickSample
    const options = {
      epochs: 15,
      batchSize: 50,
      optimizer: { name: 'adam', learningRate: 1e-3 },
      validationSamples: quick ? quickSample : null,
    } as const
    const trained = await train(notebook, model, { train: few, validation: data.validation }, options, 'overfit')
    notebook.handedOn.filters = { ...trained.filters, from: 'the network that was overfitted to 100 images' }
    const trainAccuracy = await accuracy(model, few)
    const validationAccuracy = await accuracy(model, data.validation)
    const { trainAccuracy: wantedTrain, validationAccuracy: wantedValidation } = printed.overfit
    return {
      figures: [
        atLeast('training accuracy', trainAccuracy, 0.9, wantedTrain),
        passes('validation accuracy', validationAccuracy, 'above 0.15', validationAccuracy > 0.15, wantedValidation),
        measured('median iteration of 50 images', trained.stepSeconds, 's'),
      ],
      charts: trainingCharts(trained, quick ? ` (validation: ${quickSample} images drawn each time)` : ''),
    }
  },
}

async function accuracy(model: ThreeLayerConvNet, { images, labels }: Dataset): Promise<number> {
  const classes = await model.predict(images)
  return classes.reduce((right, label, i) => right + Number(label === labels[i]), 0) / labels.length
}
