import { mkdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { baselineOfReport, markdownText, type Report } from '@convkit/bench'
import writeFileAtomic from 'write-file-atomic'
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
  if (json !== undefined) await write(json, `${JSON.stringify(report, null, 1)}\n`)
  if (html !== undefined) await write(html, renderBenchPage(report))
  if (saveGate !== undefined) await write(saveGate, `${JSON.stringify(baselineOfReport(report), null, 2)}\n`)
  if (markdown === undefined) return
  const folder = basename(markdown, extname(markdown))
  const plots = drawPlots(report)
  for (const plot of plots) await write(join(dirname(markdown), folder, `${plot.name}.svg`), picture(plot))
  const pictures = plots.map(({ title, name }) => ({ title, alt: title, file: `${folder}/${name}.svg` }))
  await write(markdown, markdownText(report, pictures))
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, text)
}
