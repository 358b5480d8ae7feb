import { readFileSync } from 'node:fs'
import { z } from 'zod'

const schema = z.strictObject({
  /** By kernel: why it stays below half its roofline. */
  profile: z.record(z.string(), z.string()),
  /** By `workload pass library`: why the library is faster. */
  peers: z.record(z.string(), z.string()),
})

/** What is known of slow rows: explanations.json, written by hand. */
export const explanations = schema.parse(
  JSON.parse(readFileSync(new URL('../explanations.json', import.meta.url), 'utf8')),
)
