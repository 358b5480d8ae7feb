import { basename, dirname, extname, join } from 'node:path'
import { baselineOfReport, markdownText, type Report } from '@convkit/bench'
import { makeFolder, writeWholeFiles } from '@convkit/files'
import { renderBenchPage } from './page.js'
import { picture } from './picture.js'
import { drawPlots } from './plots.js'

export interface Outputs {
  readonly json?: string | undefined
  readonly markdown?: string | undefined
  readonly html?: string | undefined
  readonly saveGate?: string | undefined
}

/** Writes a report in every form that is asked for. A Markdown page has its plots in a folder of its name beside it. */
export async function writeOutputs(report: Report, { json, markdown, html, saveGate }: Outputs): Promise<void> {
  const files: { [file: string]: string } = {}
  if (json !== undefined) files[json] = `${JSON.stringify(report, null, 1)}\n`
  if (html !== undefined) files[html] = renderBenchPage(report)
  if (saveGate !== undefined) files[saveGate] = `${JSON.stringify(baselineOfReport(report), null, 2)}\n`
  if (markdown !== undefined) {
    const folder = basename(markdown, extname(markdown))
    const plots = drawPlots(report)
    for (const plot of plots) files[join(dirname(markdown), folder, `${plot.name}.svg`)] = picture(plot)
    const pictures = plots.map(({ title, name }) => ({ title, alt: title, file: `${folder}/${name}.svg` }))
    files[markdown] = markdownText(report, pictures)
  }
  for (const folder of new Set(Object.keys(files).map((file) => dirname(file)))) await makeFolder(folder)
  await writeWholeFiles(files)
}
