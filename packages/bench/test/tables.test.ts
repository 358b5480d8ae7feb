import { expect, test } from 'vitest'
import { baseline, champion, double, threaded, withoutFma } from '../src/contender.js'
import type { Measurement, Report } from '../src/report.js'
import { renderTable, type Table, tables } from '../src/tables.js'
import { markdownText } from '../src/text.js'
import type { Pass } from '../src/workload.js'

const cost = { flops: 1e9, bytes: 1e8 }
const of = (contender: string, pass: Pass, ...milliseconds: number[]): Measurement => ({
  workload: 'W1',
  pass,
  contender,
  cost,
  milliseconds,
  reason: null,
})
const info = (name: string, dtype: 'float32' | 'float64', threads: number) => ({
  name,
  description: name,
  dtype,
  threads,
})

const report: Report = {
  command: 'npm run bench',
  environment: {
    time: '2026-11-23T00:00:00.000Z',
    cpu: 'a processor',
    processors: 2,
    memory: 2 ** 34,
    platform: 'linux x64',
    node: '20.19.0',
    v8: '11.3',
    commit: 'abc',
  },
  others: 0.01,
  peaks: { chains: { 'float32-simd': 30, 'float32-fma': 50, 'float64-fma': 25 }, copy: 20 },
  contenders: [
    info(baseline, 'float64', 1),
    info(champion, 'float32', 1),
    info(withoutFma, 'float32', 1),
    info(double, 'float64', 1),
    info(threaded, 'float32', 2),
  ],
  peers: [{ name: 'another', description: 'another library' }],
  workloads: [
    { name: 'W1', title: 'conv', passes: ['forward', 'backward'], size: null },
    { name: 'GEMM 64', title: 'matrix product', passes: ['forward'], size: 64 },
  ],
  measurements: [
    of(baseline, 'forward', 6000),
    of(champion, 'forward', 25, 30, 50),
    of(double, 'forward', 50, 50, 50),
    of(threaded, 'forward', 20, 40, 60),
    of('another', 'forward', 100, 90, 110),
    { ...of('another', 'backward'), reason: 'it has no gradients' },
    { ...of(champion, 'forward', 40), workload: 'GEMM 64' },
  ],
  failures: [],
}

function table(title: string): Table {
  const found = tables(report).find((table) => table.title.startsWith(title))
  if (!found) throw new Error(`no table ${title}`)
  return found
}

test('speed is minimum over minimum, with medians beside, and marked where naive ran once', () => {
  expect(table('Times as fast').rows[1]).toEqual([
    'W1 conv',
    'forward',
    '6000*',
    '0.167',
    '240 (200)',
    '·',
    '120 (120)',
    '300 (150)',
  ])
})

test('the part of the peak is that of the dtype and of as many threads', () => {
  expect(table('GFLOP/s').rows[1]?.slice(2)).toEqual(['40.0 (80 %)', '·', '20.0 (80 %)', '50.0 (50 %)', '4.00 (20 %)'])
})

test('threads and dtypes are compared with one thread of float32', () => {
  expect(table('Two threads').rows[1]?.slice(2)).toEqual(['1.25 (0.750)', '2.00 (1.67)'])
})

test('products of matrices have a table of their own', () => {
  expect(table('Products').rows.slice(1)).toEqual([['64', '25.0 (50 %)', '·', '·', '·']])
  expect(table('Times as fast').rows).toHaveLength(2)
})

test('peers are times slower, and what they cannot do says why', () => {
  expect(table('Other libraries').rows[1]).toEqual(['W1 conv', 'forward', '25.0', '3.60 (3.33), 90.0 ms'])
  expect(table('Not measured').rows.slice(1)).toEqual([['another', 'W1 backward', 'it has no gradients']])
})

test('the page names the machine and the command, and a busy machine makes it provisional', () => {
  const page = markdownText(report)
  expect(page).toContain('`npm run bench`, on a processor, 2 processors, 16 GiB, linux x64, Node 20.19.0 (V8 11.3)')
  expect(page).toContain(renderTable(table('Times as fast')))
  expect(page).not.toContain('Provisional')
  expect(page).toContain('Naive is slower than 0.5 GFLOP/s in W1 forward: ratios over it flatter.')
  const busy = { ...report, others: 0.5 }
  expect(markdownText(busy)).toContain('Provisional: meanwhile other programs kept 0.50 processors busy')
})
