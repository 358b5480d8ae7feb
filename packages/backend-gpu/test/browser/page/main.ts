import { createGpu, type GpuOptions } from '@convkit/backend-gpu'
import { allChecks, collect, type NamedBytes, type Report, referenceChecks, runConformance } from '@convkit/conformance'

export interface Examination {
  readonly options: GpuOptions
  /** Random cases a check. */
  readonly runs: number
  /** Default: all. */
  readonly layer?: readonly string[]
}

const files = import.meta.glob<string>('../../../../conformance/fixtures/*.safetensors', {
  query: '?url',
  import: 'default',
  eager: true,
})

/** Holds the backend against the conformance suite and its reference files. */
async function examine({ options, runs, layer }: Examination): Promise<Report> {
  const references = await Promise.all(Object.entries(files).map(([path, url]) => download(path, url)))
  const checks = [...allChecks(), ...referenceChecks(references)]
  const settings = { checks, runs, timeLimit: 60_000, ...(layer ? { layer } : {}) }
  return await collect(runConformance(() => createGpu(options), settings))
}

async function download(path: string, url: string): Promise<NamedBytes> {
  const response = await fetch(url)
  const [, name = path] = /([^/]+)\.safetensors$/.exec(path) ?? []
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) }
}

Object.assign(globalThis, { examine })
