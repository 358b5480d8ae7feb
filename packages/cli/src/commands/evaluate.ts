import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError, DataError } from '@convkit/api'
import type { ViewOptions } from '@convkit/data'
import { checkPlaces, writeWholeFile } from '@convkit/files'
import type { SavedModel } from '@convkit/nn'
import { asTyped } from 'convkit/internal'
import { parseViews } from 'convkit/training'
import type { Settings } from '../config/load.js'
import { loadEvaluationData, sets } from '../evaluation/data.js'
import { ofClasses, ofImages } from '../evaluation/findings.js'
import { fetchProgress } from '../fetchProgress.js'
import { checkPictures, loadSavedModel } from '../savedModel.js'
import { note, print, printJson } from '../terminal.js'
import { addSettings, count, openBackend, readSettings, tellIdle } from './settings.js'

export function evaluateCommand(): CommandUnknownOpts {
  const command = new Command('evaluate')
    .summary('how good a trained model is, class by class, or how near its images come')
    .description(
      'Measure a trained model on images that it was not trained on: accuracy, mean cross-entropy, precision and recall of each class, confusion matrix, and the images with the highest losses; of an autoencoder the mean squared error of pixels over 64, and the worst and the best images.',
    )
    .argument('<model>', 'what `train` or the page wrote: a model, or a checkpoint, whose best model is taken')
    .addOption(new Option('--set <name>', 'which images; all is for --data').choices(sets).default('test'))
    .option('--views <list>', 'average the scores over views of each image: mirror, translate=1 or both', viewsOf)
    .option(
      '--worst <n>',
      'images with the highest losses to tell, and of an autoencoder with the lowest',
      count('--worst', 10_000),
      10,
    )
    .option('--report <file>', 'write a page with the confusion matrix and the worst images, or with reconstructions')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Without --data the images are CIFAR-10's. Of a folder --set test is its own test/, or what \`train\` has left aside: give the
--train, --validation and --test that it was trained with. A folder of other images, with the same classes, is --set all.

Examples:
  convkit evaluate model.safetensors
  convkit evaluate model.safetensors --report page.html --worst 30
  convkit evaluate photos.safetensors --data photos
  convkit evaluate photos.safetensors --data holiday --set all --json
  convkit evaluate run.safetensors --set validation --backend naive
  convkit evaluate model.safetensors --views mirror,translate=1`,
    )
    .action(async (file, { set: which, worst, views, report, json = false }, self) => {
      await checkPlaces({
        model: { path: file, read: true },
        ...(report !== undefined && { '--report': { path: report } }),
      })
      const loaded = await readSettings(self)
      const { settings } = loaded
      tellIdle(loaded, {
        dataDir: settings.data !== undefined && '--data names another folder',
        skipUnreadable: settings.data === undefined && 'it is for --data',
        train: settings.data === undefined && which === 'test' && "CIFAR-10's test set does not depend on it",
        validation: settings.data === undefined && which !== 'validation' && '--set names another set',
        test: settings.data === undefined && which !== 'test' && '--set names another set',
      })
      const backend = await openBackend(loaded)
      try {
        const saved = await loadSavedModel(file, backend, settings)
        using model = saved.model
        checkPictures(file, saved)
        checkTargets(file, saved, settings)
        if (views && model.numClasses === null)
          throw new ConfigError(
            '--views: expected a model of classes, whose scores are averaged; this one gives images',
          )
        const progress = fetchProgress(json)
        const options = { onProgress: progress.onProgress, onNote: note }
        const data = await loadEvaluationData({ file, saved, which }, settings, options).finally(progress.stop)
        const run = { file, saved, data, worst, views, quiet: json }
        const found = model.numClasses === null ? await ofImages(run) : await ofClasses(run)
        if (report !== undefined)
          await writeWholeFile(report, await found.page(`${backend.name} (${backend.description})`))
        if (json) printJson(found.json)
        else for (const line of found.lines) print(line)
      } finally {
        await backend.close?.()
      }
    })
  addSettings(command, ['backend', 'provider', 'strict'], 'Backend:')
  addSettings(command, ['data', 'imageSize', 'skipUnreadable', 'dataDir', 'train', 'validation', 'test'], 'Data:')
  return command
}

function viewsOf(text: string): ViewOptions {
  const views = parseViews(text)
  if (!views) throw new ConfigError(`--views: expected mirror, translate=1 or both with a comma, got ${asTyped(text)}`)
  return views
}

/** Throws `DataError` for a model that is held against neither labels nor its images. */
function checkTargets(file: string, { model, card }: SavedModel, settings: Settings): void {
  const targets = card.targets ?? (settings.model && settings.targets)
  if (model.numClasses === null && targets !== 'images')
    throw new DataError(
      `${file}: has no classes, and does not say that its targets are images: nothing to measure it by`,
    )
}
