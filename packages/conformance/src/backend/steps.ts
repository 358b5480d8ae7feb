import type { Backend, Data, FloatDType } from '@convkit/api'
import fc from 'fast-check'
import { refuses } from '../capability.js'
import type { Check } from '../core/check.js'
import { createHolding } from '../core/holding.js'
import { holds } from '../core/property.js'
import { Violation } from '../core/violation.js'
import { arrays, equal } from './numbers.js'

const size = 9
const steps = 6
/** A case of these takes as long as several small ones. */
const weight = 4

/** Where a step ends, and where somebody waits. */
export function stepChecks(dtype: FloatDType): Check[] {
  const check = (law: string, says: string, run: (backend: Backend, choice: number) => Promise<void>): Check => ({
    id: `backend/${law}/${dtype}`,
    layer: 'backend',
    law,
    dtype,
    says,
    run: (context) =>
      holds({ ...context, runs: Math.ceil(context.runs / weight) }, fc.nat(2 ** 16 - 1), (choice) =>
        run(context.backend, choice),
      ),
  })
  return [
    check(
      'sync',
      'sync resolves, and changes nothing: before it, beside it and after it values are right',
      (backend, choice) => syncing(backend, dtype, choice),
    ),
    {
      ...check('mark', 'mark changes nothing, wherever in a step and however often', async (backend, choice) => {
        const plain = await train(backend, dtype, () => {})
        let at = 0
        const marked = await train(backend, dtype, () => {
          // Not at all, once or twice, as the bits of the choice say.
          for (let i = (choice >> (at++ % 16)) & 3; i > 1; i--) backend.mark?.('step')
        })
        for (const [i, data] of plain.entries()) equal(`value ${i} of a training with marks`, marked[i], data)
      }),
      needs: 'deterministic',
    },
  ]
}

/** y = y + x / 2, again and again, and a `sync` each time that does or does not wait. */
async function syncing(backend: Backend, dtype: FloatDType, choice: number): Promise<void> {
  using holding = createHolding(backend)
  const [x, y] = [0, 1].map((k) => new arrays[dtype](size).map((_, i) => (k === 0 ? 4 * i - 8 : i)))
  const [from, to] = [holding.put(x), holding.put(y)]
  const pending: Promise<unknown>[] = []
  const sync = (): Promise<unknown> => {
    const done: unknown = backend.sync?.()
    if (backend.sync && !(done instanceof Promise)) throw new Violation('sync has to return a promise')
    return Promise.resolve(done)
  }
  const read = () => {
    const expected = y.slice()
    pending.push(backend.read(to).then((data) => equal('a read beside sync', data, expected)))
  }
  // With nothing to wait for, and right again.
  await sync()
  await Promise.all([sync(), sync()])
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < size; i++) y[i] += x[i] / 2
    addHalf(backend, dtype, from, to, y)
    const way = (choice >> (2 * step)) & 3
    if (way !== 1) read()
    if (way === 0) await sync()
    else pending.push(sync())
    if (way === 2) pending.push(sync())
    if (way !== 0) read()
    if (way === 3) await Promise.all(pending)
  }
  await Promise.all(pending)
  equal('a read after sync', await backend.read(to), y)
}

/** By a kernel, where there is one; else what it would give is written. */
function addHalf(backend: Backend, dtype: FloatDType, x: unknown, y: unknown, sum: Data): void {
  const vector = backend.kernels[dtype]?.vector
  if (vector?.addScaled && !refuses(backend, dtype, 'vector', 'addScaled', { size }))
    vector.addScaled({ size }, { a: 0.5 }, x, y)
  else backend.write(y, sum)
}

/** Adam's steps on other gradients each time, as far as the backend has their kernels; a point before and after each call. */
async function train(backend: Backend, dtype: FloatDType, point: () => void): Promise<Data[]> {
  const { adam, vector } = backend.kernels[dtype] ?? {}
  using holding = createHolding(backend)
  const numbers = (of: (i: number) => number) => new arrays[dtype](size).map((_, i) => of(i))
  const [w, m, v] = [numbers((i) => i - 4), numbers(() => 0), numbers(() => 0)].map((data) => holding.put(data))
  const [g, product] = [holding.alloc(size, dtype), holding.put(numbers(() => 0))]
  const d = { size }
  const reads: Promise<Data>[] = []
  for (let step = 1; step <= steps; step++) {
    point()
    backend.write(
      g,
      numbers((i) => ((i * step) % 5) - 1.5),
    )
    point()
    if (vector?.multiply && !refuses(backend, dtype, 'vector', 'multiply', d)) vector.multiply(d, w, g, product)
    point()
    const scalars = { learningRate: 0.25 / step, beta1: 0.75, beta2: 0.875, epsilon: 2 ** -20, step }
    if (adam?.update && !refuses(backend, dtype, 'adam', 'update', d)) adam.update(d, scalars, g, m, v, w)
    point()
    reads.push(backend.read(product))
    point()
    if (step % 3 === 0) await reads[0]
  }
  reads.push(...[w, m, v, g].map((storage) => backend.read(storage)))
  return await Promise.all(reads)
}
