import { ConfigError } from '@convkit/api'
import { z } from 'zod'
import type { Report } from './report.js'

/** Rows of libraries that ran elsewhere on the same machine, as python/bench.py writes them. */
const schema = z.object({
  version: z.literal(1),
  peers: z.array(z.object({ name: z.string(), description: z.string() })),
  absent: z.array(z.object({ name: z.string(), reason: z.string() })),
  measurements: z.array(
    z.object({
      workload: z.string(),
      pass: z.enum(['forward', 'backward', 'update', 'step', 'epoch']),
      contender: z.string(),
      status: z.enum(['measured', 'unsupported', 'wrong', 'failed', 'left out']),
      milliseconds: z.array(z.number()),
      first: z.number().nullable(),
      reason: z.string().nullable(),
    }),
  ),
})

/** The report with the other's libraries beside its own; rows of workloads that it has not are dropped. */
export function withPeersOf(report: Report, file: string, other: unknown): Report {
  const parsed = schema.safeParse(other)
  if (!parsed.success) throw new ConfigError(`${file}: ${z.prettifyError(parsed.error)}`)
  const { data } = parsed
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
