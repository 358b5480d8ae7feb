import { peakOf, rooflineOf } from '../peak.js'
import type { ContenderInfo, Report } from '../report.js'
import { giga, ratio } from '../statistics/estimate.js'
import type { Group } from '../workload/schema.js'
import {
  baselineOf,
  entrantsOf,
  type Found,
  ratioCell,
  referenceOf,
  rowsOf,
  show,
  timeCell,
  tooFewNote,
  trainingPeersOf,
} from './rows.js'
import { figure, none, percent, type Table } from './table.js'

export function peakTable({ peaks: { chains, copy } }: Report): Table {
  const rows = Object.entries(chains).map(([variant, value]) => {
    const [dtype, simd] = variant.split('-')
    return [`${dtype}, ${simd === 'fma' ? 'fused multiply-add' : 'multiply, then add'}`, figure(value), 'GFLOP/s']
  })
  return {
    title: 'Peak of one thread',
    note: '128-bit operations in registers, in 12 independent chains; and a copy of 64 MiB, bytes read and written. The most that was reached.',
    rows: [['what', 'at most', ''], ...rows, ['copy', figure(copy), 'GB/s']],
  }
}

/** Times as fast as the baseline, for one group of workloads. */
export function speedTable(title: string, ...groups: readonly Group[]): (report: Report) => Table {
  return (report) => {
    const [naive, names] = [baselineOf(report), entrantsOf(report).map(({ name }) => name)]
    const rows = rowsOf(report, groups, names).filter(({ workload }) => !workload.point)
    return {
      title,
      note: `Median over median, and the interval that the 95 % intervals of both allow. ${tooFewNote}`,
      rows: [
        ['workload', 'pass', `${naive}, ms`, ...names],
        ...rows.map(({ cells, at }) => [
          ...cells,
          timeCell(at(naive)),
          ...names.map((name) => ratioCell(at(naive), at(name))),
        ]),
      ],
    }
  }
}

export function timeTable(report: Report): Table {
  const names = [...entrantsOf(report), ...trainingPeersOf(report)].map(({ name }) => name)
  return {
    title: 'Milliseconds a call',
    note: `The median, its 95 % interval and the number of samples. ${tooFewNote}`,
    rows: [
      ['workload', 'pass', ...names],
      ...rowsOf(report, ['notebook', 'training'], names).map(({ cells, at }) => [
        ...cells,
        ...names.map((name) => timeCell(at(name))),
      ]),
    ],
  }
}

export function shareTable(report: Report): Table {
  const entrants = entrantsOf(report)
  const reference = referenceOf(report)
  const rows = rowsOf(
    report,
    ['notebook', 'training'],
    entrants.map(({ name }) => name),
  ).map(({ cells, at }) => [
    ...cells,
    ...entrants.map((contender) => show(at(contender.name), (found) => ofPeak(report, contender, found))),
    show(at(reference?.name ?? ''), ({ time, measurement }) => {
      const bandwidth = giga(measurement.cost.bytes, time.median)
      return `${figure(bandwidth)} (${percent(bandwidth / report.peaks.copy)})`
    }),
    reference ? show(at(reference.name), (found) => percent(ofRoofline(report, reference, found))) : none,
  ])
  return {
    title: 'GFLOP/s, GB/s',
    note: `In brackets the part of the peak, of as many threads and in the same dtype; for GB/s, of the copy. Native code has wider vectors than the peak is of, and Winograd’s algorithm does fewer operations than are counted: both can be above it. The roofline is the longer of the two times that arithmetic and memory need at least; ${reference?.name} on one thread. What fits the caches can be faster than the copy, which does not.`,
    rows: [
      ['workload', 'pass', ...entrants.map(({ name }) => name), `${reference?.name}, GB/s`, 'of the roofline'],
      ...rows,
    ],
  }
}

export function ofRoofline({ peaks }: Report, { dtype }: ContenderInfo, { measurement, time }: Found): number {
  return rooflineOf(peaks, dtype, measurement.cost) / time.median
}

function ofPeak({ peaks }: Report, { dtype, threads }: ContenderInfo, { measurement, time }: Found): string {
  const speed = giga(measurement.cost.flops, time.median)
  return `${figure(speed)} (${percent(speed / peakOf(peaks, dtype, threads))})`
}

export function productTable(report: Report): Table {
  const entrants = entrantsOf(report)
  const peers = report.peers.map(({ name }) => name)
  const names = [...entrants.map(({ name }) => name), ...peers]
  return {
    title: 'Products of square matrices, GFLOP/s',
    note: 'The forward pass of affine without a bias; in brackets the part of the peak.',
    rows: [
      ['size', ...names],
      ...rowsOf(report, ['products'], names).map(({ workload, at }) => [
        String(workload.point?.at ?? workload.name),
        ...entrants.map((contender) => show(at(contender.name), (found) => ofPeak(report, contender, found))),
        ...peers.map((name) =>
          show(at(name), ({ measurement, time }) => figure(giga(measurement.cost.flops, time.median))),
        ),
      ]),
    ],
  }
}

export function trainingTable(report: Report): Table {
  const names = [...report.contenders, ...trainingPeersOf(report)].map(({ name }) => name)
  const rows = rowsOf(report, ['notebook', 'training'], names).flatMap(({ workload, pass, cells, at }) => {
    const images = workload.images?.[pass]
    if (images === undefined || (pass !== 'step' && pass !== 'epoch')) return []
    return [[...cells, ...names.map((name) => show(at(name), ({ time }) => figure((images / time.median) * 1000)))]]
  })
  return {
    title: 'Training, images/s',
    note: 'Whole steps: the batch is uploaded, then forward, backward and update. An epoch shuffles and gathers its batches as well.',
    rows: [['model', 'what', ...names], ...rows],
  }
}

/** What threads and dtypes are worth: each contender over the one that differs from it in that alone. */
export function variantTable(report: Report): Table {
  const entrants = entrantsOf(report)
  const pairs = entrants.flatMap((a) =>
    entrants.flatMap((b) => (isFasterVariant(a, b) ? [{ slow: a.name, fast: b.name }] : [])),
  )
  return {
    title: 'Threads and dtypes',
    note: 'Median over median, with the interval that both intervals allow.',
    rows: [
      ['workload', 'pass', ...pairs.map(({ slow, fast }) => `${fast} over ${slow}`)],
      ...(pairs.length === 0
        ? []
        : rowsOf(
            report,
            ['notebook', 'training'],
            pairs.map(({ fast }) => fast),
          ).map(({ cells, at }) => [...cells, ...pairs.map(({ slow, fast }) => ratioCell(at(slow), at(fast)))])),
    ],
  }
}

function isFasterVariant(a: ContenderInfo, b: ContenderInfo): boolean {
  const [nameA, optionsA] = splitOptions(a.backend)
  const [nameB, optionsB] = splitOptions(b.backend)
  if (nameA !== nameB || optionsA !== optionsB) return false
  if (a.dtype === b.dtype) return a.threads === 1 && b.threads > 1
  return a.threads === b.threads && a.dtype === 'float64'
}

/** `wasm:threads=1,fma=false` -> wasm, fma=false */
function splitOptions(backend: string): [name: string, options: string] {
  const [name = '', options = ''] = backend.split(':')
  return [
    name,
    options
      .split(',')
      .filter((option) => !option.startsWith('threads='))
      .join(),
  ]
}

/** The other libraries, over the reference. */
export function peerTable(report: Report): Table {
  const reference = referenceOf(report)
  const peers = report.peers.map(({ name }) => name)
  const rows = rowsOf(report, ['notebook'], peers).map(({ cells, at }) => {
    const own = at(reference?.name ?? '')
    return [
      ...cells,
      show(own, ({ time }) => figure(time.median)),
      ...peers.map((name) =>
        show(at(name), (peer) => {
          const behind = own && ratio(peer.time, own.time).high < 1 ? ', behind' : ''
          return `${ratioCell(peer, own)}, ${figure(peer.time.median)} ms${behind}`
        }),
      ),
    ]
  })
  return {
    title: `Other libraries: their time over that of ${reference?.name}`,
    note: `Median over median, with the interval that both intervals allow; and their milliseconds. All on one thread. “behind”: ${reference?.name} takes longer than the library, beyond the intervals.`,
    rows: [['workload', 'pass', `${reference?.name}, ms`, ...peers], ...rows],
  }
}
