import type { Dataset } from '@convkit/data'
import { encodeImage, type Splits } from '@convkit/datasets'
import type { Picture } from '../../charts/content.js'
import { sameShape } from '../figure.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'

export const data: Section = {
  id: 'data',
  title: 'CIFAR-10 as loaded',
  text: [
    'CIFAR-10 holds 60000 colour photographs of ten kinds of things, 32 pixels wide and high. 49000 are for training, 1000 for choosing between models, and 1000 of the test set for the end.',
    'The mean training image is subtracted from all of them, so that the numbers a network sees lie around zero.',
  ],
  code: `const { train, validation, test } = await loadCifar10({
  train: 49000, validation: 1000, test: 1000, subtractMean: true,
})`,

  async run({ data: splits }) {
    const { train, validation, test } = splits
    const shapes = printed.shapes
    return {
      figures: [
        sameShape('training images', train.shape, shapes.trainImages),
        sameShape('training labels', [train.labels.length], shapes.trainLabels),
        sameShape('validation images', validation.shape, shapes.validationImages),
        sameShape('validation labels', [validation.labels.length], shapes.validationLabels),
        sameShape('test images', test.shape, shapes.testImages),
        sameShape('test labels', [test.labels.length], shapes.testLabels),
      ],
      strips: [
        {
          caption: 'The first training image of each class, the mean image added back.',
          pictures: await firstOfEachClass(splits),
        },
      ],
    }
  },
}

async function firstOfEachClass({ train, mean, classNames }: Splits): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const [label, name] of classNames.entries()) {
    const index = train.labels.indexOf(label)
    if (index === -1) continue
    const shape = train.shape.slice(1)
    const png = await encodeImage({ data: pixels(train, mean, index), shape }, 'png')
    pictures.push({ png, alt: `CIFAR-10 image of class ${name}`, width: 64, height: 64, caption: name })
  }
  return pictures
}

function pixels({ images }: Dataset, mean: Float32Array, index: number): Float32Array {
  return mean.map((value, i) => value + images[index * mean.length + i])
}
