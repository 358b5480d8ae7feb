import { createGpu, type GpuOptions } from '@convkit/backend-gpu'
import {
  allChecks,
  collect,
  type NamedBytes,
  type Report,
  referenceChecks,
  runConformance,
  trainingRun,
} from '@convkit/conformance'
import { train } from '../../support/net.js'

export interface Examination {
  readonly options: GpuOptions
  /** Random cases a check. */
  readonly runs: number
  readonly seed: number
  /** Layers that are not held. */
  readonly without: readonly string[]
}

const files = import.meta.glob<string>('../../../../conformance/fixtures/*.safetensors', {
  query: '?url',
  import: 'default',
  eager: true,
})

/** Holds the backend against the conformance suite and its reference files. */
async function examine({ options, runs, seed, without }: Examination): Promise<Report> {
  const references = await Promise.all(Object.entries(files).map(([path, url]) => download(path, url)))
  const checks = [...allChecks(), ...referenceChecks(references)].filter(({ layer }) => !without.includes(layer))
  return await collect(runConformance(() => createGpu(options), { checks, runs, seed, timeLimit: 60_000 }))
}

async function download(path: string, url: string): Promise<NamedBytes> {
  const response = await fetch(url)
  const [, name = path] = /([^/]+)\.safetensors$/.exec(path) ?? []
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) }
}

export interface Training {
  /** By the one-step rule and the curve rule. */
  readonly report: Report
  readonly compiled: number
  readonly runs: number
  /** Bytes a step, once the net is there. */
  readonly down: number
  /** Bytes of the parameters, and of as many gradients and slots of the optimizer. */
  readonly stateBytes: number
}

/** A small net for so many steps. */
async function trainFor({
  options,
  steps,
}: {
  readonly options: GpuOptions
  readonly steps: number
}): Promise<Training> {
  const checks = [trainingRun('float32', steps)]
  const report = await collect(runConformance(() => createGpu(options), { checks, timeLimit: 120_000 }))
  const backend = await createGpu(options)
  let before = 0
  const { stateBytes } = await train(backend, steps, {
    onStart() {
      before = backend.counts.downloaded
    },
  })
  const { compiled, runs, downloaded } = backend.counts
  await backend.close?.()
  return { report, compiled, runs, down: (downloaded - before) / steps, stateBytes }
}

/** What a backend with these options runs on, or why there is none. */
async function describe(options: GpuOptions): Promise<string> {
  try {
    const backend = await createGpu(options)
    await backend.close?.()
    return backend.description
  } catch (error) {
    return String(error)
  }
}

Object.assign(globalThis, { describe, examine, trainFor })
