import { baseline } from './contender.js'
import type { Report } from './report.js'
import { giga, timeOf } from './statistics.js'
import { renderTable, tables } from './tables.js'

/** For a terminal. */
export function terminalText(report: Report): string {
  return [
    machine(report),
    ...warnings(report),
    ...tables(report).map((table) => [table.title, table.note, renderTable(table)].filter(Boolean).join('\n')),
    ...report.failures.map((failure) => `wrong: ${failure}`),
  ].join('\n\n')
}

/** A page of documentation. */
export function markdownText(report: Report): string {
  const { command, environment, others, contenders, peers, failures } = report
  const { time, commit } = environment
  return `# Benchmarks

\`${command}\`, on ${machine(report)}${commit ? `, commit ${commit}` : ''}, ${time.slice(0, 10)}; other programs kept ${others.toFixed(2)} processors busy.
${warnings(report)
  .map((warning) => `\n**${warning}**\n`)
  .join('')}
Before anything is timed, each workload's results are held to the derived error bounds of the conformance suite, and those of
other libraries are compared with ours; what is wrong gets no time. Every pass is warmed up by at least 10 calls (one, where a
call takes more than a second) and then sampled in rounds, in each of which all take their turn, calls that are short
in batches of at least 2 ms; the wait for queued work is inside the timed region, making inputs and changing their layout is
not. There are at least 3 rounds; what takes more than 5 seconds is sampled once. Ratios are of minima, because whatever else
the machine does can only add time. Operations are counted as the api's \`cost\` does.

${renderTable({ title: '', note: '', rows: [['name', 'what it is'], ...[...contenders, ...peers].map(({ name, description }) => [name, description])] })}
${failures.map((failure) => `\n**Wrong: ${failure}**\n`).join('')}
${tables(report)
  .map((table) => [`## ${table.title}`, table.note, renderTable(table)].filter(Boolean).join('\n\n'))
  .join('\n\n')}
`
}

/** Processors busy with other work, beyond what a system does by itself. */
const quiet = 0.1
/** GFLOP/s of matrix products and convolutions: ratios over a slower baseline would flatter. */
const fair = 0.5
/** Operations a byte, from which on a pass is such a product. */
const dense = 4

function warnings({ others, measurements }: Report): string[] {
  const slow = measurements.filter(
    ({ contender, cost, milliseconds }) =>
      contender === baseline &&
      milliseconds.length > 0 &&
      cost.flops > dense * cost.bytes &&
      giga(cost.flops, timeOf(milliseconds)) < fair,
  )
  const where = slow.map(({ workload, pass }) => `${workload} ${pass}`).join(', ')
  return [
    ...(others > quiet
      ? [`Provisional: meanwhile other programs kept ${others.toFixed(2)} processors busy, on average.`]
      : []),
    ...(where ? [`Naive is slower than ${fair} GFLOP/s in ${where}: ratios over it flatter.`] : []),
  ]
}

function machine({ environment }: Report): string {
  const { cpu, processors, memory, platform, node, v8 } = environment
  return `${cpu}, ${processors} processors, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node} (V8 ${v8})`
}
