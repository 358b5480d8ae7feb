import type { Report } from './report.js'
import { parsePeerReport } from './reportFile.js'

/** The report with the other's libraries beside its own; rows of workloads that it has not are dropped. */
export function withPeersOf(report: Report, file: string, other: unknown): Report {
  const data = parsePeerReport(file, other)
  const peers = data.peers.filter(({ name }) => !report.peers.some((own) => own.name === name))
  const rows = data.measurements.flatMap((row) => {
    if (!peers.some(({ name }) => name === row.contender)) return []
    const own = report.measurements.find(({ workload, pass }) => workload === row.workload && pass === row.pass)
    return own ? [{ ...row, cost: own.cost }] : []
  })
  return {
    ...report,
    peers: [...report.peers, ...peers],
    measurements: [...report.measurements, ...rows],
    absent: [...report.absent, ...data.absent],
  }
}
