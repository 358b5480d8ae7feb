import { rooflineOf } from '../peak.js'
import type { Report } from '../report.js'
import { giga } from '../statistics/estimate.js'
import { referenceOf, rowsOf } from './rows.js'
import { figure, none, percent, type Table } from './table.js'

export function firstCallTable(report: Report): Table {
  const names = [...report.contenders, ...report.peers].map(({ name }) => name)
  const rows = rowsOf(report, ['notebook'], names).flatMap(({ cells, at }) => {
    const cell = (name: string) => {
      const { first = null } = at(name)?.measurement ?? {}
      return first === null ? none : figure(first)
    }
    const firsts = names.map(cell)
    return firsts.every((text) => text === none) ? [] : [[...cells, ...firsts]]
  })
  return {
    title: 'The first call, ms',
    note: 'What compiles, compiles in it; no sample above contains it. An engine that has met a kernel in an earlier workload need not compile it again.',
    rows: [['workload', 'pass', ...names], ...rows],
  }
}

export function transferTable({ transfers }: Report): Table {
  return {
    title: 'Transfers',
    note: `GB/s of ${figure((transfers[0]?.bytes ?? 0) / 2 ** 20)} MiB to a backend and back: \`write\` and \`read\`.`,
    rows: [
      ['backend', 'upload', 'download'],
      ...transfers.map(({ contender, upload, download }) => [contender, figure(upload), figure(download)]),
    ],
  }
}

export function memoryTable({ memory, contenders, workloads }: Report): Table {
  const names = contenders.map(({ name }) => name)
  const rows = workloads.flatMap(({ name, title }) => {
    const own = memory.filter(({ workload }) => workload === name)
    if (own.length === 0) return []
    const cell = (contender: string) => {
      const found = own.find((one) => one.contender === contender)
      return found ? `${mebibytes(found.peak)} (+${mebibytes(found.peak - found.before)})` : none
    }
    return [[title, ...names.map(cell)]]
  })
  return {
    title: 'Memory at most, MiB',
    note: 'Resident, of a process that takes two steps of training; in brackets what the model and the steps added.',
    rows: [['model', ...names], ...rows],
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed()
}

/** From this part of a step on, a kernel below half its roofline owes a reason. */
const large = 0.05
const half = 0.5

export function profileTables(report: Report, reasons: { readonly [kernel: string]: string }): Table[] {
  return report.profiles.map(({ workload, contender, kernels, milliseconds }) => {
    const { dtype = 'float32' } = report.contenders.find(({ name }) => name === contender) ?? {}
    return {
      title: `Where a step of ${workload} goes, on ${contender}`,
      note: `Each kernel call of one step made again and waited for: ${figure(milliseconds)} ms in all. The roofline is the time that arithmetic or memory needs at least, on one thread. Whatever takes more than 5 % of the step at less than half its roofline has its reason.`,
      rows: [
        ['kernel', 'calls', 'ms', 'share', 'GFLOP/s', 'GB/s', 'of the roofline', 'why not more'],
        ...kernels.map(({ kernel, calls, milliseconds: ms, cost }) => {
          const roof = rooflineOf(report.peaks, dtype, cost) / ms
          const owes = ms / milliseconds > large && roof < half
          return [
            kernel,
            String(calls),
            figure(ms),
            percent(ms / milliseconds),
            figure(giga(cost.flops, ms)),
            figure(giga(cost.bytes, ms)),
            percent(roof),
            owes ? (reasons[kernel] ?? '**no reason is known**') : '',
          ]
        }),
      ],
    }
  })
}

/** One row for each who and why. */
export function absentTable({ measurements, absent }: Report): Table {
  const groups = new Map<string, { who: string; why: string; what: Map<string, string[]> }>()
  for (const { contender: who, reason: why, workload, pass } of measurements) {
    if (why === null) continue
    const key = `${who} ${why}`
    const group = groups.get(key) ?? { who, why, what: new Map() }
    groups.set(key, group)
    group.what.set(workload, [...(group.what.get(workload) ?? []), pass])
  }
  const rows = [...groups.values()].map(({ who, why, what }) => [
    who,
    [...what].map(([workload, passes]) => `${workload} ${passes.join(', ')}`).join('; '),
    why,
  ])
  return {
    title: 'Not measured',
    note: '',
    rows: [['who', 'what', 'why'], ...absent.map(({ name, reason }) => [name, 'all', reason]), ...rows],
  }
}

/** The table that the notebook prints of its fast layers. */
export function notebookTable(report: Report): Table {
  const naive = report.contenders[0]?.name ?? ''
  const names = report.contenders.slice(1).map(({ name }) => name)
  const rows = rowsOf(report, ['notebook'], names).flatMap(({ workload, pass, at }) => {
    const what = { W1: 'conv', W2: 'pool' }[workload.name]
    const slow = at(naive)
    if (!what || !slow) return []
    return names.flatMap((name) => {
      const fast = at(name)
      if (!fast) return []
      const exact = inFloat64(report, name)
      const outputs = report.differences.find(
        (one) => one.workload === workload.name && one.contender === exact,
      )?.outputs
      const shown = Object.entries(outputs ?? {})
        .filter(([output]) => (output === 'y') === (pass === 'forward'))
        .map(([output, difference]) => `${output} ${difference === 0 ? '0' : difference.toExponential(1)}`)
      return [
        [
          `${what} ${pass}`,
          name,
          figure(slow.time.median / 1000),
          figure(fast.time.median / 1000),
          `${figure(slow.time.median / fast.time.median)}×`,
          shown.join(', '),
        ],
      ]
    })
  })
  return {
    title: 'The notebook’s table',
    note: 'Conv: 100 images of 3 × 31 × 31, 25 filters of 3 × 3, stride 2, pad 1. Pool: 100 images of 3 × 32 × 32, 2 × 2. Difference: the largest |a - b| / (|a| + |b|), as the notebook has it, of the backend in float64 where it has that.',
    rows: [['layer', 'fast', 'naive, s', 'fast, s', 'speed-up', 'difference'], ...rows],
  }
}

/** The same backend in float64, where a difference means something, whatever its options; itself where it has none. */
function inFloat64({ contenders }: Report, name: string): string {
  const base = (backend: string | undefined) => backend?.split(':', 1)[0]
  const own = contenders.find((one) => one.name === name)
  return (
    contenders.find(({ backend, dtype }) => base(backend) === base(own?.backend) && dtype === 'float64')?.name ?? name
  )
}

/** Rows where a library is faster than the reference, the worst first. */
export function behind(report: Report): { workload: string; pass: string; peer: string; ratio: number }[] {
  const own = referenceOf(report)?.name ?? ''
  const peers = report.peers.map(({ name }) => name)
  return rowsOf(report, ['notebook', 'products'], peers)
    .flatMap(({ workload, pass, at }) => {
      const mine = at(own)
      return peers.flatMap((peer) => {
        const theirs = at(peer)
        if (!mine || !theirs || theirs.time.high >= mine.time.low) return []
        return [{ workload: workload.name, pass, peer, ratio: theirs.time.median / mine.time.median }]
      })
    })
    .sort((a, b) => a.ratio - b.ratio)
}
