import { ConfigError } from '@convkit/api'
import { z } from 'zod'
import { checked } from './json.js'
import type { Report } from './report.js'
import { groups } from './workload/schema.js'

const passes = z.enum(['forward', 'backward', 'update', 'step', 'epoch'])
const amount = z.number().min(0)
const cost = z.object({ flops: amount, bytes: amount })
const absent = z.array(z.object({ name: z.string(), reason: z.string() }))
const peers = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    threads: amount.default(1),
    setup: z.array(z.string()).default([]),
  }),
)

const measurement = z
  .object({
    workload: z.string(),
    pass: passes,
    contender: z.string(),
    status: z.enum(['measured', 'unsupported', 'wrong', 'failed', 'left out']),
    milliseconds: z.array(amount),
    first: amount.nullable(),
    reason: z.string().nullable(),
  })
  .refine(({ status, milliseconds }) => (status === 'measured') === milliseconds.length > 0, {
    error: 'expected samples where it was measured, and nowhere else',
    path: ['milliseconds'],
  })

/** Rows of libraries that ran elsewhere on the same machine, as python/bench.py writes them. */
const peerReport = z.object({ version: z.literal(1), peers, absent, measurements: z.array(measurement) })

const report: z.ZodType<Report> = z.object({
  version: z.literal(1),
  command: z.string(),
  environment: z.object({
    time: z.string(),
    cpu: z.string(),
    processors: amount,
    memory: amount,
    platform: z.string(),
    node: z.string(),
    v8: z.string(),
    convkit: z.string(),
    commit: z.string().nullable(),
  }),
  quick: z.boolean(),
  duration: amount,
  others: z.number(),
  peaks: z.object({
    chains: z.partialRecord(z.enum(['float32-simd', 'float32-fma', 'float64-simd', 'float64-fma']), amount),
    copy: amount,
  }),
  contenders: z
    .array(
      z.object({
        name: z.string(),
        backend: z.string(),
        description: z.string(),
        dtype: z.enum(['float32', 'float64']),
        threads: amount,
      }),
    )
    .min(1),
  peers,
  workloads: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      group: groups,
      passes: z.array(passes),
      point: z.object({ curve: z.string(), title: z.string(), over: z.string(), at: amount }).nullable(),
      seconds: amount,
      images: z.partialRecord(passes, amount).nullable(),
    }),
  ),
  measurements: z.array(measurement.and(z.object({ cost }))),
  differences: z.array(
    z.object({ workload: z.string(), contender: z.string(), outputs: z.record(z.string(), amount) }),
  ),
  transfers: z.array(z.object({ contender: z.string(), bytes: amount, upload: amount, download: amount })),
  memory: z.array(z.object({ workload: z.string(), contender: z.string(), peak: amount, before: amount })),
  profiles: z.array(
    z.object({
      workload: z.string(),
      contender: z.string(),
      kernels: z.array(z.object({ kernel: z.string(), calls: amount, milliseconds: amount, cost })),
      milliseconds: amount,
    }),
  ),
  absent,
  failures: z.array(z.string()),
})

/** A report that this benchmark wrote; throws `ConfigError` with the file's name and what in it is not as it has to be. */
export function parseReport(file: string, value: unknown): Report {
  if (!z.object({ version: z.literal(1) }).safeParse(value).success)
    throw new ConfigError(`${file}: is no report of this benchmark`)
  return checked(report, file, value)
}

export function parsePeerReport(file: string, value: unknown): z.output<typeof peerReport> {
  return checked(peerReport, file, value)
}
