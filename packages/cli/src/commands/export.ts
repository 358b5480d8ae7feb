import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { createNaive } from '@convkit/backend-naive'
import { checkPlaces, writeWholeFile } from '@convkit/files'
import { exportOnnx } from '@convkit/nn/onnx'
import { loadSavedModel } from '../savedModel.js'
import { print, printJson } from '../terminal.js'
import { addSettings, count, readSettings } from './settings.js'

export function exportCommand(): CommandUnknownOpts {
  const command = new Command('export')
    .summary('write a trained model as ONNX')
    .description(
      'Write the inference of a trained model as an ONNX file (operator set 17, float32): images (batch, C, H, W) -> scores (batch, classes), or what a model without classes gives.',
    )
    .argument('<model>', 'what `train` wrote: the file of --out, or of --checkpoint, whose best model is taken')
    .argument('<onnx>', 'the file to write')
    .option('--batch <n>', 'images in a batch (default: each run chooses)', count('--batch', 1_000_000))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The layers are in the model's file. For a model with a layer that is not the library's, the \`model\` of the configuration
file says how to build it, as for \`train\`. The mean image that the file holds is subtracted inside the graph, which takes
pixels of 0..255; of a file without one, images are less the mean training image already.

Examples:
  convkit export model.safetensors model.onnx
  convkit export photos.safetensors photos.onnx --batch 1
  convkit export run.safetensors mine.onnx --config convkit.config.ts`,
    )
    .action(async (file, out, { batch, json }, self) => {
      await checkPlaces({ model: { path: file, read: true }, onnx: { path: out } })
      const { settings } = await readSettings(self)
      const { model: loaded, card } = await loadSavedModel(file, createNaive(), settings)
      using model = loaded
      const bytes = await exportOnnx(model, { ...(batch !== undefined && { batch }), meanImage: card.meanImage })
      await writeWholeFile(out, bytes)
      const images = [batch ?? 'batch', ...model.inputShape]
      const scores = [batch ?? 'batch', ...(model.targetShape ?? [model.numClasses])]
      if (json) printJson({ file: out, bytes: bytes.length, images, scores })
      else print(`${out}: images [${images}] -> scores [${scores}], ${(bytes.length / 1e6).toPrecision(3)} MB`)
    })
  addSettings(command, ['imageSize'])
  return command
}
