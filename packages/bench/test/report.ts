import type { ContenderInfo, Measurement, Report } from '../src/report.js'
import type { Pass } from '../src/workload/workload.js'

export const names = {
  naive: 'naive float64',
  one: 'wasm float32',
  double: 'wasm float64',
  two: 'wasm float32, 2 threads',
}

export const measurement = (contender: string, pass: Pass, ...milliseconds: number[]): Measurement => ({
  workload: 'W1',
  pass,
  contender,
  status: 'measured',
  cost: { flops: 1e9, bytes: 1e8 },
  milliseconds,
  first: null,
  reason: null,
})

const info = (name: string, backend: string, dtype: ContenderInfo['dtype'], threads: number): ContenderInfo => ({
  name,
  backend,
  description: `what ${name} is, in 128-bit SIMD`,
  dtype,
  threads,
})

/** A report of six samples a row, of W1 and of two products. */
export function reportOf(changes: Partial<Report> = {}): Report {
  const six = (ms: number) => [ms, ms, ms, ms, ms, ms]
  return {
    version: 1,
    command: 'convkit bench',
    environment: {
      time: '2026-11-23T00:00:00.000Z',
      cpu: 'a processor',
      processors: 2,
      memory: 2 ** 34,
      platform: 'linux x64',
      node: '20.19.0',
      v8: '11.3',
      convkit: '0.1.0',
      commit: 'abc',
    },
    quick: false,
    duration: 100,
    others: 0.01,
    peaks: { chains: { 'float32-simd': 30, 'float32-fma': 50, 'float64-fma': 25 }, copy: 20 },
    contenders: [
      info(names.naive, 'naive', 'float64', 1),
      info(names.one, 'wasm:threads=1', 'float32', 1),
      info(names.double, 'wasm:threads=1', 'float64', 1),
      info(names.two, 'wasm', 'float32', 2),
    ],
    peers: [{ name: 'another', description: 'another library', threads: 1, setup: [] }],
    workloads: [
      {
        name: 'W1',
        title: 'conv',
        group: 'notebook',
        passes: ['forward', 'backward'],
        point: null,
        seconds: 1,
        images: null,
      },
      {
        name: 'GEMM 64',
        title: 'matrix product',
        group: 'products',
        passes: ['forward'],
        point: { curve: 'GEMM', title: 'matrix product', over: 'n', at: 64 },
        seconds: 1,
        images: null,
      },
    ],
    measurements: [
      measurement(names.naive, 'forward', 6000),
      measurement(names.one, 'forward', ...six(25)),
      measurement(names.double, 'forward', ...six(50)),
      measurement(names.two, 'forward', 20, 20, 20, 20, 20, 30),
      measurement('another', 'forward', ...six(20)),
      { ...measurement('another', 'backward'), status: 'unsupported', reason: 'it has no gradients' },
      { ...measurement(names.one, 'forward', ...six(40)), workload: 'GEMM 64' },
    ],
    differences: [],
    transfers: [],
    memory: [],
    profiles: [],
    absent: [{ name: 'gpu', reason: 'not installed' }],
    failures: [],
    ...changes,
  }
}
