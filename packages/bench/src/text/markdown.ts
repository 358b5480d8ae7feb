import { explanations } from '../explanations.js'
import type { Report } from '../report.js'
import { behind } from '../tables/details.js'
import { figure, renderTable, type Table } from '../tables/table.js'
import { tables } from '../tables/tables.js'
import { machine, seconds, warnings } from './machine.js'

/** A plot that lies beside the page. */
export interface Picture {
  readonly title: string
  readonly alt: string
  /** Relative to the page. */
  readonly file: string
}

/** A page of documentation. */
export function markdownText(report: Report, pictures: readonly Picture[]): string {
  const { command, environment, others, duration, contenders, peers, failures } = report
  const { time, commit, convkit } = environment
  const own = tables(report)
  const who = [
    ...contenders.map(({ name, description }) => [name, description]),
    ...peers.map(({ name, description }) => [name, description]),
  ]
  return `# Benchmarks

\`${command}\`, convkit ${convkit}${commit ? `, commit ${commit}` : ''}, on ${machine(report)}, ${time.slice(0, 10)}, in ${seconds(duration)};
other programs kept ${others.toFixed(2)} processors busy.
${warnings(report)
  .map((warning) => `\n${wrap(`**${warning}**`)}\n`)
  .join('')}
${methodText}

${renderTable({ title: '', note: '', rows: [['name', 'what it is'], ...who] })}
${failures.map((failure) => `\n**Failed: ${failure}**\n`).join('')}
${pictures.map(({ alt, file }) => `![${alt}](${file})`).join('\n\n')}

${own.slice(0, -1).map(section).join('\n\n')}
${worst(report)}
${own.slice(-1).map(section).join('')}
`
}

export const methodText = `Before anything is timed, each workload's results are held to the derived error bounds of the conformance suite, and those of
other libraries are compared with ours; what is wrong gets no time and fails the run. Nothing falls back to another backend.
Every pass is warmed up by time, and then sampled round-robin, rotating the order each round. A
sample is the mean of as many calls as take 2 ms; each call is waited for, inside the timed region; making inputs and changing
their layout is not in it. A turn begins with two calls that nobody times, or with one of more than 2 ms, or with none of more
than 100 ms: the others have had the caches since, and threads sleep. Calls go through two to eight sets of operands in turn, so
that none finds its own in the cache. The samples of a row come from two processes one after the other, since addresses and
compiled code, which differ from process to process, are noise as well. There are at least 15 of them, or 10 s of sampling a row,
whichever comes first (a second in a quick run), and never fewer than 3; what takes more than a second is sampled 3 times, what
takes more than 5 seconds once, by the first process alone. A figure is the median, with the pair of order statistics that covers
the true median at 95 %, whatever the distribution. Operations and bytes are counted for each kernel call, operands once, and no products with padding.`

function section(table: Table): string {
  return [`## ${table.title}`, wrap(table.note), renderTable(table)].filter(Boolean).join('\n\n')
}

const columns = 130

/** Lines of prose; those after the first begin with `indent`. */
function wrap(text: string, indent = ''): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(line === undefined ? word : indent + word)
  }
  return lines.join('\n')
}

/** How many rows behind other libraries are explained. */
const explained = 3

function worst(report: Report): string {
  const rows = behind(report).slice(0, explained)
  if (rows.length === 0) return ''
  const lines = rows.map(({ workload, pass, peer, ratio }) => {
    const why =
      explanations.peers[`${workload} ${pass} ${peer}`] ?? explanations.peers[peer] ?? '**no reason is known**'
    return wrap(`- ${workload} ${pass}, ${peer}: it takes ${figure(ratio)} of our time. ${why}`, '  ')
  })
  return `\n## Where another library is faster: the worst ${rows.length}\n\n${lines.join('\n')}\n`
}
