import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { DataError } from '@convkit/api'
import { pictureFormats } from '@convkit/data'
import { type Image, readImage } from '@convkit/datasets'
import { type Model, type ModelCard, softmax } from '@convkit/nn'
import { printError } from '../reportError.js'
import { checkPictures, loadSavedModel } from '../savedModel.js'
import { print, printable, printJson } from '../terminal.js'
import { addSettings, count, openBackend, readSettings } from './settings.js'

export function predictCommand(): CommandUnknownOpts {
  const command = new Command('predict')
    .summary('classify images with a trained model')
    .description(
      'Say which class a trained model takes each image for, with the probability (softmax of the scores) of the likeliest classes.',
    )
    .argument('<model>', 'what `train` or the page wrote: a model, or a checkpoint, whose best model is taken')
    .argument('<image...>', `${pictureFormats} files; cropped to the centre and resized to what the model takes`)
    .option('--top <n>', 'classes to print', count('--top', 1_000_000), 3)
    .option('--json', 'print JSON, with every class')
    .addHelpText(
      'after',
      `
The mean training image, the names of the classes and the layers are in the model's file. For a model with a layer that
is not the library's, the \`model\` of the configuration file says how to build it, as for \`train\`.

Examples:
  convkit predict model.safetensors cat.png dog.jpg
  convkit predict photos.safetensors holiday/*.jpg --top 1 --backend naive
  convkit predict run.safetensors cat.png --json`,
    )
    .action(async (file, images, { top, json }, self) => {
      const loaded = await readSettings(self)
      const backend = await openBackend(loaded)
      try {
        const saved = await loadSavedModel(file, backend, loaded.settings)
        using model = saved.model
        checkPictures(file, saved)
        if (model.numClasses === null)
          throw new DataError(`${file}: has no classes to take images for; \`evaluate\` tells how near its images come`)
        const predictions: Prediction[] = []
        for (const image of images)
          try {
            predictions.push({ image, classes: await classify(model, saved.card, image) })
          } catch (error) {
            // One bad picture must not lose what the others are.
            if (!(error instanceof DataError)) throw error
            printError(error, false)
            process.exitCode = 1
          }
        if (json) printJson(predictions)
        else for (const prediction of predictions) print(printable(line(prediction, top)))
      } finally {
        await backend.close?.()
      }
    })
  addSettings(command, ['backend', 'provider', 'strict', 'imageSize'])
  return command
}

interface Prediction {
  readonly image: string
  /** The likeliest first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[]
}

async function classify(model: Model, card: ModelCard, path: string): Promise<Prediction['classes']> {
  const [, height = 0, width = 0] = model.inputShape
  const image = await readImage(path, { size: [height, width], crop: 'centre' })
  const probabilities = softmax(await scoresOf(model, card, image))
  if (probabilities.some(Number.isNaN)) throw new DataError(`${path}: the model's scores are not finite`)
  return probabilities
    .map((probability, label) => ({ name: card.classNames?.[label] ?? `class ${label}`, probability }))
    .sort((a, b) => b.probability - a.probability)
}

async function scoresOf(model: Model, { meanImage }: ModelCard, { data }: Image): Promise<ArrayLike<number>> {
  using scope = model.scope.child()
  const less = Float64Array.from(data, (value, i) => value - (meanImage?.data[i] ?? 0))
  const pixels = model.dtype === 'float32' ? Float32Array.from(less) : less
  return await model.scores(scope, scope.from(pixels, [1, ...model.inputShape])).read()
}

function line({ image, classes }: Prediction, top: number): string {
  const likeliest = classes.slice(0, top)
  return `${image}: ${likeliest.map(({ name, probability }) => `${name} ${(100 * probability).toFixed(1)} %`).join(', ')}`
}
