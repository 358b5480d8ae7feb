import { join } from 'node:path'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { loadCifar10, type Splits } from '@convkit/datasets'
import { checkPlaces, writeWholeFiles } from '@convkit/files'
import { foundCifar10 } from '../cifar10Folder.js'
import { fetchProgress } from '../fetchProgress.js'
import { loadImages } from '../notebook/images.js'
import { renderPage } from '../notebook/page.js'
import { count, figuresJson, type Report } from '../notebook/report.js'
import { runSections } from '../notebook/run.js'
import type { Notebook, Ran } from '../notebook/section.js'
import { sections } from '../notebook/sections.js'
import { sectionLines, summaryLines } from '../notebook/summary.js'
import { type Bar, print, printJson, progressBar, warn } from '../terminal.js'
import { addSettings, backendSettings, openBackend, readSettings } from './settings.js'

export function notebookCommand(): CommandUnknownOpts {
  const command = new Command('notebook')
    .description(
      'Carry out the CS231n notebook “Convolutional Networks” on CIFAR-10, check every figure, and write it as a page (index.html) and as JSON (figures.json).',
    )
    .option('--out <dir>', 'folder for the page', 'notebook')
    .option('--quick', 'fewer validation images while overfitting, and no epoch of training')
    .option('--full', 'train for the epoch even on the naive backend, where it takes long')
    .option('--images <file...>', 'photographs to filter instead of the two that come along')
    .option('--json', 'print the figures as JSON instead of a table')
    .addHelpText(
      'after',
      `
CIFAR-10 is fetched first if it is not there yet. --dtype is that of training; gradients are always checked in float64.
Exits with 1 when a check fails.

Examples:
  convkit notebook --quick
  convkit notebook --full --out report
  convkit notebook --quick --images kitten.jpg puppy.jpg`,
    )
    .action(async ({ out, quick, full, images, json = false }, self) => {
      if (quick && full) throw new ConfigError('--quick, --full: expected at most one of them')
      const [page, numbers] = [join(out, 'index.html'), join(out, 'figures.json')]
      // Before anything is computed: a folder that cannot be written would waste it all.
      await checkPlaces({ '--out': { path: page } })
      await checkPlaces({ '--out': { path: numbers } })
      const loaded = await readSettings(self)
      const { dtype, seed, dataDir } = loaded.settings
      const backend = await openBackend(loaded)
      const notebook: Notebook = {
        backend,
        baseline: createNaive(),
        dtype,
        seed,
        length: quick ? 'quick' : full ? 'full' : 'usual',
        images: await loadImages(images),
        data: await loadData(dataDir, json),
        onProgress() {},
        onWarning: warn,
        handedOn: { filters: null },
      }
      const report = await run(notebook, json)
      await backend.close?.()

      const figures = figuresJson(report)
      await writeWholeFiles({ [page]: renderPage(report), [numbers]: figures })
      if (json) printJson(JSON.parse(figures))
      else for (const line of summaryLines(page, report)) print(line)
      if (count(report.sections).failed > 0) process.exitCode = 1
    })
  addSettings(command, [...backendSettings, 'dataDir'])
  return command
}

async function loadData(dataDir: string | undefined, quiet: boolean): Promise<Splits> {
  const progress = fetchProgress(quiet)
  const options = { train: 49_000, validation: 1000, test: 1000, subtractMean: true }
  return await loadCifar10({ dir: await foundCifar10(dataDir), ...options, onProgress: progress.onProgress }).finally(
    progress.stop,
  )
}

/** Runs every section, with a line for each as it ends. */
async function run(notebook: Notebook, quiet: boolean): Promise<Report> {
  const { backend, dtype, seed, length } = notebook
  const { name, description } = backend
  const titleWidth = Math.max(...sections.map(({ title }) => title.length))
  if (!quiet) print(`CS231n, Convolutional Networks, on ${name} (${description})\n`)
  let bar: Bar | undefined
  const onProgress = (done: number, total: number) => {
    bar ??= progressBar(total, quiet)
    bar.update(done, 'training')
  }
  const finished: Ran[] = []
  for await (const section of runSections({ ...notebook, onProgress }, sections)) {
    bar?.stop()
    bar = undefined
    finished.push(section)
    if (!quiet) for (const line of sectionLines(section, finished.length, titleWidth)) print(line)
  }
  return { run: { backend: name, description, dtype, seed, length }, sections: finished }
}
