import { cpus, totalmem } from 'node:os'

/** What a report records of the machine. */
export function environment(more: { readonly [name: string]: string } = {}): { readonly [name: string]: string } {
  const processors = cpus()
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    ...more,
  }
}
