import { adam, affine, allKernels, definitions, kernelCost, Scope, type Tensor } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { type Cell, Recorder } from './recorder.js'
import { runs } from './runs.js'

test('every definition stands under its own name', () => {
  for (const [name, layer] of Object.entries(definitions)) expect(layer.name).toBe(name)
})

test('every kernel is reached below', () => {
  expect(Object.keys(runs).sort()).toEqual(allKernels.map(({ name }) => name).sort())
})

describe.each(allKernels)('$name', ({ name: kernel, layer, method, scalars, updates, operands: names, optional }) => {
  function run() {
    const backend = new Recorder({ fused: true })
    const scope = new Scope(backend)
    const operands = runs[kernel]?.(scope) ?? {}
    const call = backend.calls.findLast((call) => `${call.layer}.${call.method}` === kernel)
    const leading = scalars.length > 0 ? 2 : 1
    return { backend, operands, head: call?.args.slice(0, leading) ?? [], storages: call?.args.slice(leading) ?? [] }
  }

  test('is called with dims, scalars where it has them, and then the tensors its names say', () => {
    const { operands, head, storages } = run()
    expect(storages).toHaveLength(names.length)
    for (const [i, name] of names.entries())
      expect(storages[i], `${kernel}: argument ${name}`).toBe((operands[name] as Tensor).storage)
    for (const [key, value] of head.flatMap((part) => Object.entries(part as object)))
      expect(['number', 'boolean'], `${kernel}: ${key}`).toContain(typeof value)
  })

  test('counts as many elements as its tensors have, and some work', () => {
    const { head, storages } = run()
    const [d = {}] = head as readonly object[]
    const held = storages as readonly Cell[]
    const bytes = (name: string, i: number) => (held[i]?.length ?? 0) * (name === 'labels' ? 4 : 8)
    const moved = names.reduce((sum, name, i) => sum + bytes(name, i) * (updates.includes(name) ? 2 : 1), 0)
    const cost = kernelCost(layer, method, d, 'float64')
    expect(cost.bytes).toBe(moved)
    const moves = ['vector.fill', 'vector.copy', 'concat.forward', 'concat.backward'].includes(kernel)
    expect(cost.flops).toBeGreaterThanOrEqual(moves ? 0 : 1)
  })

  test('writes only what no other argument is', () => {
    const { backend, storages } = run()
    expect(new Set(storages).size).toBe(storages.length)
    for (const storage of storages) expect(backend.allocated).toContain(storage)
  })

  test('names as optional only what it has', () => {
    for (const name of optional) expect(names).toContain(name)
    expect(new Set(names).size).toBe(names.length)
  })
})

test('an operand that is optional arrives as null when it is not given or not wanted', () => {
  const backend = new Recorder()
  const scope = new Scope(backend)
  const [x, w] = [scope.alloc([2, 3], 'float64'), scope.alloc([3, 4], 'float64')]
  const { y, saved } = affine.forward(scope, { x, w })
  expect(backend.last?.args.slice(1)).toEqual([x.storage, w.storage, null, y.storage])
  const { dw } = affine.backward(scope, y, saved, { dx: false, db: false })
  expect(backend.last?.args.slice(4)).toEqual([null, dw.storage, null])
})

test('a scalars object may change once the call has returned', () => {
  const backend = new Recorder()
  const scope = new Scope(backend)
  const scalars = { ...adam.defaults, step: 1 }
  const w = scope.alloc([2], 'float64')
  adam.update(w, w, [w, w], scalars)
  scalars.step = 2
  expect(backend.last?.args[1]).toMatchObject({ step: 1 })
})
