import type { Report } from './report.js'
import { renderTable, tables } from './tables.js'

/** For a terminal. */
export function terminalText(report: Report): string {
  const { environment, failures } = report
  return [
    machine(report),
    ...(environment.load > quiet ? [provisional(report)] : []),
    ...tables(report).map((table) => [table.title, table.note, renderTable(table)].filter(Boolean).join('\n')),
    ...failures.map((failure) => `wrong: ${failure}`),
  ].join('\n\n')
}

/** A page of documentation. */
export function markdownText(report: Report): string {
  const { command, environment, contenders, peers, failures } = report
  const { time, commit, load } = environment
  return `# Benchmarks

\`${command}\`, on ${machine(report)}${commit ? `, commit ${commit}` : ''}, ${time.slice(0, 10)}, load average ${load.toFixed(1)}.
${load > quiet ? `\n**${provisional(report)}**\n` : ''}
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

/** Above it, something else was running too. */
const quiet = 1

function provisional({ environment: { load } }: Report): string {
  return `Provisional: the machine was busy with other work (load average ${load.toFixed(1)} when the run began).`
}

function machine({ environment }: Report): string {
  const { cpu, processors, memory, platform, node, v8 } = environment
  return `${cpu}, ${processors} processors, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node} (V8 ${v8})`
}
