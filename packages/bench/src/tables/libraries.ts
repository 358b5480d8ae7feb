import type { Report } from '../report.js'
import { entrantsOf, ratioCell, rowsOf, trainingPeersOf } from './rows.js'
import type { Table } from './table.js'

/** Libraries that trained a model too, over each contender in the same dtype on as many threads. */
export function trainingPeerTable(report: Report): Table {
  const pairs = trainingPeersOf(report).flatMap((peer) =>
    entrantsOf(report)
      .filter(({ dtype, threads }) => dtype === 'float32' && threads === peer.threads)
      .map((own) => ({ peer: peer.name, own: own.name })),
  )
  const rows = rowsOf(
    report,
    ['notebook', 'training'],
    pairs.map(({ peer }) => peer),
  ).map(({ cells, at }) => [...cells, ...pairs.map(({ peer, own }) => ratioCell(at(peer), at(own)))])
  return {
    title: 'Training beside other libraries: their time over ours',
    note: 'Median over median, with the interval that both intervals allow; above 1, the library takes longer. The same net, batch, loss and optimizer, in float32 on as many threads; the library ran by itself, after ours.',
    rows: [['workload', 'pass', ...pairs.map(({ peer, own }) => `${peer} over ${own}`)], ...rows],
  }
}

export function setupTable({ peers }: Report): Table {
  return {
    title: 'How other libraries were built and run',
    note: '',
    rows: [['library', ''], ...peers.flatMap(({ name, setup }) => setup.map((line) => [name, line]))],
  }
}
