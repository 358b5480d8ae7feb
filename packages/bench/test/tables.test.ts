import { expect, test } from 'vitest'
import { withPeersOf } from '../src/merge.js'
import type { Report } from '../src/report.js'
import { behind } from '../src/tables/details.js'
import { renderTable, type Table } from '../src/tables/table.js'
import { tables } from '../src/tables/tables.js'
import { markdownText } from '../src/text/markdown.js'
import { terminalText } from '../src/text/terminal.js'
import { measurement, names, reportOf } from './report.js'

const report = reportOf()

function table(title: string, of: Report = report): Table {
  const found = tables(of).find((table) => table.title.startsWith(title))
  if (!found) throw new Error(`no table ${title}`)
  return found
}

test('speed is median over median with its interval, and marked where there are too few samples', () => {
  expect(table('Times as fast').rows[1]).toEqual(['W1 conv', 'forward', '6000, 1†', '240', '120', '300 (200–300)'])
})

test('a time stands with its interval and the number of samples', () => {
  expect(table('Milliseconds').rows[1]?.slice(2)).toEqual([
    '25.0 (25.0–25.0), 6',
    '50.0 (50.0–50.0), 6',
    '20.0 (20.0–30.0), 6',
  ])
})

test('the part of the peak is that of the dtype and of as many threads; the roofline is the longer time', () => {
  expect(table('GFLOP/s').rows[1]?.slice(2)).toEqual([
    '40.0 (80 %)',
    '20.0 (80 %)',
    '50.0 (50 %)',
    '4.00 (20 %)',
    '80 %',
  ])
})

test('threads and dtypes are compared where nothing else differs', () => {
  const [head, row] = table('Threads and dtypes').rows
  expect(head?.slice(2)).toEqual([`${names.two} over ${names.one}`, `${names.one} over ${names.double}`])
  expect(row?.slice(2)).toEqual(['1.25 (0.833–1.25)', '2.00'])
})

test('products of matrices have a table of their own', () => {
  expect(table('Products').rows.slice(1)).toEqual([['64', '25.0 (50 %)', '·', '·', '·']])
  expect(table('Times as fast').rows).toHaveLength(2)
})

test('a library that is faster is said to be, and what it cannot do says why', () => {
  expect(table('Other libraries').rows[1]).toEqual(['W1 conv', 'forward', '25.0', '0.800, 20.0 ms, behind'])
  expect(behind(report)).toEqual([{ workload: 'W1', pass: 'forward', peer: 'another', ratio: 0.8 }])
  expect(table('Not measured').rows.slice(1)).toEqual([
    ['gpu', 'all', 'not installed'],
    ['another', 'W1 backward', 'it has no gradients'],
  ])
})

test('a kernel of more than 5 % of the step below half its roofline owes a reason', () => {
  const kernel = (name: string, milliseconds: number, flops: number) => ({
    kernel: name,
    calls: 1,
    milliseconds,
    cost: { flops, bytes: 0 },
  })
  const kernels = [kernel('fast', 80, 3e9), kernel('slow', 16, 1e8), kernel('small', 4, 1e6)]
  const profiles = [{ workload: 'W7', contender: names.one, kernels, milliseconds: 100 }]
  const rows = table('Where a step', reportOf({ profiles })).rows.slice(1)
  expect(rows.map((row) => [row[0], row[3], row[6], row[7]])).toEqual([
    ['fast', '80 %', '75 %', ''],
    ['slow', '16 %', '13 %', '**no reason is known**'],
    ['small', '4 %', '1 %', ''],
  ])
})

test('a curve says from where on naive is overtaken', () => {
  const point = (at: number) => ({ curve: 'c', title: 'conv', over: 'n', at })
  const workloads = [1, 2, 4].map((at) => ({
    name: `c ${at}`,
    title: 'conv',
    group: 'scaling' as const,
    passes: ['forward' as const],
    point: point(at),
    seconds: 1,
    images: null,
  }))
  const row = (name: string, at: number, ms: number) => ({
    ...measurement(name, 'forward', ms, ms, ms, ms, ms, ms),
    workload: `c ${at}`,
  })
  const measurements = [1, 2, 4].flatMap((at) => [
    row(names.naive, at, at),
    row(names.one, at, 1.5),
    row(names.two, at, 0.5),
  ])
  const overtake = table('Where a backend overtakes', reportOf({ workloads, measurements }))
  expect(overtake.rows[1]).toEqual(['conv, forward', 'n ≥ 2', '·', 'everywhere (n ≥ 1)'])
})

test('the notebook’s table comes last, with the differences of the same backend in float64', () => {
  const measurements = [measurement(names.naive, 'forward', 100), measurement(names.one, 'forward', 2)]
  const differences = [
    { workload: 'W1', contender: names.one, outputs: { y: 1e-3, dx: 1 } },
    { workload: 'W1', contender: names.double, outputs: { y: 1e-12, dx: 1 } },
  ]
  const last = tables(reportOf({ measurements, differences })).at(-1)
  expect(last?.rows[1]).toEqual(['conv forward', names.one, '0.100', '0.00200', '50.0×', 'y 1.0e-12'])
})

test('the page names the machine and the command, and a busy machine makes it provisional', () => {
  const page = markdownText(report, [{ title: 'Speed', alt: 'bars', file: 'benchmarks/speed.svg' }])
  expect(page).toContain('`convkit bench`, convkit 0.1.0, commit abc, on a processor, 2 processors, 16 GiB, linux x64')
  expect(page).toContain(renderTable(table('Times as fast')))
  expect(page).toContain('![bars](benchmarks/speed.svg)')
  expect(page).not.toContain('Provisional')
  expect(page).toContain('Naive is slower than 0.5 GFLOP/s in W1 forward: ratios over it flatter.')
  expect(page).toContain('- W1 forward, another: it takes 0.800 of our time. **no reason is known**')
  expect(markdownText({ ...report, others: 0.5 }, [])).toContain('Provisional: meanwhile other programs kept 0.50')
})

test('a kernel above the peak says that the peak is too low', () => {
  const peaks = { chains: { 'float32-fma': 30, 'float64-fma': 25 }, copy: 20 }
  const text = terminalText(reportOf({ peaks }))
  expect(text).toContain('Faster than what was taken for the peak, which is too low: W1 forward on wasm float32.')
  expect(terminalText(report)).not.toContain('Faster than what')
})

test('what is not bound by that peak says nothing of it: Winograd convolutions, native code', () => {
  const peaks = { chains: { 'float32-fma': 30, 'float64-fma': 25 }, copy: 20 }
  for (const description of ['128-bit SIMD, Winograd convolutions', 'native']) {
    const others = reportOf({ peaks })
    const contenders = others.contenders.map((one) => ({ ...one, description }))
    expect(terminalText({ ...others, contenders })).not.toContain('Faster than what')
  }
})

test('libraries that ran elsewhere stand beside the others', () => {
  const row = { ...measurement('pytorch', 'forward', 5, 5, 5, 5, 5, 5), cost: undefined }
  const other = { version: 1, peers: [{ name: 'pytorch', description: '' }], absent: [], measurements: [row] }
  const merged = withPeersOf(report, 'python.json', other)
  expect(table('Other libraries', merged).rows[1]?.slice(-1)).toEqual(['0.200, 5.00 ms, behind'])
  expect(() => withPeersOf(report, 'python.json', {})).toThrow(/python\.json: /)
})

test('a library that trained a net stands beside contenders on as many threads, with how it was built', () => {
  const six = (ms: number) => [ms, ms, ms, ms, ms, ms]
  const workload = {
    name: 'net',
    title: 'a net',
    group: 'training',
    passes: ['step'],
    point: null,
    seconds: 1,
  } as const
  const own = reportOf({
    peers: [],
    workloads: [{ ...workload, images: { step: 100 } }],
    measurements: [names.one, names.two].map((name) => ({ ...measurement(name, 'step', ...six(50)), workload: 'net' })),
  })
  const other = {
    version: 1,
    peers: [{ name: 'pytorch, 2 threads', description: '', threads: 2, setup: ['built by hand'] }],
    absent: [],
    measurements: [{ ...measurement('pytorch, 2 threads', 'step', ...six(100)), workload: 'net' }],
  }
  const merged = withPeersOf(own, 'python.json', other)
  expect(table('Training beside other libraries', merged).rows).toEqual([
    ['workload', 'pass', `pytorch, 2 threads over ${names.two}`],
    ['a net', 'step', '2.00'],
  ])
  expect(table('Training, images/s', merged).rows[1]?.at(-1)).toBe('1000')
  expect(table('How other libraries', merged).rows[1]).toEqual(['pytorch, 2 threads', 'built by hand'])
})

test('a terminal sees what failed, and how many rows were not measured', () => {
  const text = terminalText(reportOf({ failures: ['W1 on x: wrong'] }))
  expect(text).toContain('failed: W1 on x: wrong')
  expect(text).toMatch(/6 rows measured, 1 not \(see “Not measured”\), in 1 min 40 s$/)
})
