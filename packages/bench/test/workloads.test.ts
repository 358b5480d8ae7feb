import { ConfigError, conv2d, kernelCost, maxPool2d } from '@convkit/api'
import { expect, test } from 'vitest'
import { costOfTraining } from '../src/training/record.js'
import { costOfLayer } from '../src/workload/layer.js'
import { parseWorkload } from '../src/workload/load.js'
import { bench, naive, tiny, tinyOf, workloads } from './tiny.js'

test('no two workloads have one name', () => {
  const names = workloads.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(0)
  expect(new Set(names).size).toBe(names.length)
})

const light = workloads.filter(({ name }) => !/large|\d{3}|conv-bn/.test(name))

const report = await bench({ workloads: light.map(tiny) })

test('every workload passes the gate', () => {
  expect(report.failures).toEqual([])
})

test.each(light)('$name is timed in every pass', (workload) => {
  const measurements = report.measurements.filter((one) => one.workload === workload.name)
  expect(measurements.map(({ contender, pass }) => `${contender} ${pass}`)).toEqual(
    workload.passes.flatMap((pass) => [`naive float64 ${pass}`, `${naive.name} ${pass}`]),
  )
  for (const { milliseconds, cost, status } of measurements) {
    expect(status).toBe('measured')
    expect(milliseconds.length).toBeGreaterThanOrEqual(1)
    expect(cost.bytes).toBeGreaterThan(0)
  }
})

function layer(name: string) {
  const workload = workloads.find((workload) => workload.name === name)
  if (workload?.kind !== 'layer') throw new Error(`no layer ${name}`)
  return workload
}

test('a kernel call costs what the api counts', () => {
  const [conv, pool] = [layer('W1'), layer('W2')]
  const d = conv2d.dims([100, 3, 31, 31], [25, 3, 3, 3], undefined, { stride: 2, pad: 1 })
  for (const pass of ['forward', 'backward'] as const)
    expect(costOfLayer(conv, pass, 'float64')).toEqual(kernelCost('conv2d', pass, d, 'float64'))
  const poolDims = maxPool2d.dims([100, 3, 32, 32], { kernel: 2 })
  expect(costOfLayer(pool, 'forward', 'float32')).toEqual(kernelCost('maxPool2d', 'forward', poolDims, 'float32'))
})

test('a step costs what its parts do, and an epoch as many steps', () => {
  const workload = tinyOf('W7')
  if (workload.kind !== 'training') throw new Error('W7 is training')
  const cost = (pass: Parameters<typeof costOfTraining>[1]) => costOfTraining(workload, pass, 'float32').flops
  expect(cost('step')).toBe(cost('forward') + cost('backward') + cost('update'))
  expect(cost('epoch')).toBe(2 * cost('step'))
})

const file = { kind: 'layer', name: 'mine', title: 'mine', group: 'layers', layer: 'relu', inputs: { x: ['n', 3] } }

test('a file of a stranger’s gives a workload a size, or a point of a curve', () => {
  const sizes = { ...file, sizes: { small: { n: 2 }, large: { n: 20 } }, quick: ['small'] }
  expect(parseWorkload('', JSON.stringify(sizes))).toMatchObject([
    { name: 'mine small', inputs: { x: [2, 3] }, dy: [2, 3], passes: ['forward', 'backward'], quick: true },
    { name: 'mine large', inputs: { x: [20, 3] }, quick: false },
  ])
  const sweep = { ...file, passes: ['forward'], sweep: { over: 'n', values: [1, 2] } }
  expect(parseWorkload('', JSON.stringify(sweep))).toMatchObject([
    { name: 'mine 1', point: { curve: 'mine', over: 'n', at: 1 }, dy: null },
    { name: 'mine 2', point: { at: 2 } },
  ])
})

test.each([
  ['no JSON', '{', /workload mine\.json: /],
  ['a shape of nothing', { ...file, inputs: { x: [0] } }, /inputs\.x\[0\]/],
  ['a tensor that no memory holds', { ...file, inputs: { x: [2 ** 32, 2 ** 32] } }, /x: expected at most 2\^28 values/],
  ['a length that nothing gives', file, /no size gives n/],
  ['a layer that there is not', { ...file, layer: 'swish', inputs: {} }, /no layer swish \(known: conv2d, /],
  ['shapes that do not fit', { ...file, layer: 'affine', inputs: { x: [1, 2], w: [3, 4] } }, /affine: /],
  ['an input that is missing', { ...file, layer: 'affine', inputs: { x: [1, 2] } }, /no float input w/],
])('a file with %s says so', (_, content, message) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  expect(() => parseWorkload('mine.json', text)).toThrow(ConfigError)
  expect(() => parseWorkload('mine.json', text)).toThrow(message)
})
