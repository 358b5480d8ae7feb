import { type Backend, type Data, queued, Scope } from '@convkit/api'
import type { Case, NdArray, Results } from '../core/case.js'
import { changed, rounded } from '../core/inputs.js'
import type { Law, Subject, Want } from '../core/spec.js'
import { queue, readAll, runCase } from '../core/subject.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { Violation } from '../core/violation.js'
import { sameRuns } from './alike.js'
import { runKept } from './kept.js'
import { sameBits } from './sameBits.js'

/** The contract of null outputs, for whatever has gradients. */
export const unwanted: Law = {
  name: 'unwanted',
  says: 'leaving out a gradient changes no other, and the one left out is not touched',
  async check(subject, c) {
    const { spec, run } = subject
    const all = await run(c)
    const names = Object.values(spec.gradients).filter((name) => name in all)
    for (const skipped of names) {
      const rest = await run(c, { [skipped]: false })
      if (skipped in rest) throw new Violation(`${c.layer}: ${skipped} came back though it was not wanted`, { case: c })
      const { [skipped]: _, ...others } = all
      await sameRuns(`unwanted ${skipped}`, subject, c, rest, others, [`with ${skipped} left out`, withAll])
      const alone = await run(c, Object.fromEntries(names.map((name) => [name, name === skipped])))
      await sameRuns(
        `only ${skipped}`,
        subject,
        c,
        alone,
        Object.fromEntries(Object.keys(alone).map((name) => [name, all[name] ?? missing])),
        [`with ${skipped} as the only gradient`, withAll],
      )
    }
    await inCallersTensors(subject, c, all)
  },
}

/** What every kernel owes its caller, whatever it computes. */
export const hygiene: readonly Law[] = [
  {
    name: 'overwrites',
    says: 'outputs do not depend on what their memory held before',
    async check(subject, c) {
      const { spec, backend, dtype } = subject
      const clean = await runCase(spec, filling(backend, 0), dtype, c)
      const stale = await runCase(spec, filling(backend, Number.NaN), dtype, c)
      const sides = ['in memory that held NaN', 'in memory that held zeros'] as const
      await sameRuns('overwrites', subject, c, stale, clean, sides)
    },
  },
  {
    name: 'inputs kept',
    says: 'a kernel changes nothing but its outputs: all other memory keeps its bits, -0 and subnormals too',
    async check(subject, drawn) {
      const c = rounded(fragile(drawn), subject.dtype)
      const some = someWanted(Object.values(subject.spec.gradients))
      await runKept(subject, c)
      if (some.length > 0) await runKept(subject, c, some[variantOf(c, some.length)])
    },
  },
  {
    name: 'repeats',
    says: 'the same call gives the same bits every time',
    needs: 'deterministic',
    async check({ run }, c) {
      const first = await run(c)
      for (let i = 0; i < 2; i++) sameBits('repeats', c, await run(c), first, ['when called again', 'at first'])
    },
  },
]

const withAll = 'with every gradient wanted'
/** All gradients but one, or one alone. */
function someWanted(names: readonly string[]): Want[] {
  return names.flatMap((chosen) => [
    { [chosen]: false },
    Object.fromEntries(names.map((name) => [name, name === chosen])),
  ])
}

/** The case with bits here and there that arithmetic in place might lose. */
function fragile(c: Case): Case {
  const bits = [-0, 2 ** -140, 2 ** -1060]
  const some = (array: NdArray) => (i: number) => i % 5 === array.data.length % 5
  const planted = (array: NdArray) =>
    array.data instanceof Int32Array ? array : map(array, (value, i) => (some(array)(i) ? bits[i % 3] : value))
  const inputs = Object.entries(c.inputs).map(([name, array]) => [name, planted(array)])
  return changed(c, { inputs: Object.fromEntries(inputs), dy: c.dy && planted(c.dy) })
}

const missing = { shape: [0], data: new Float64Array(0) }

async function inCallersTensors(subject: Subject, c: Case, all: Results): Promise<void> {
  const { spec, backend, dtype } = subject
  using scope = new Scope(backend)
  const names = Object.values(spec.gradients).filter((name) => name in all)
  const own = Object.fromEntries(names.map((name) => [name, scope.alloc(all[name]?.shape ?? [1], dtype)]))
  const given = await readAll(queue(spec, scope, dtype, c, own).outputs)
  const sides = ['in a tensor of the caller', 'in a fresh one'] as const
  await sameRuns('gradients into tensors of the caller', subject, c, given, all, sides)
}

/** The backend, with every allocation filled with one value first: fresh memory that no kernel may rely on. */
function filling(backend: Backend, value: number): Backend {
  const wrapped: Backend = Object.create(backend, {
    alloc: {
      value(length: number, dtype: 'float32' | 'float64' | 'int32') {
        const storage = queued('alloc', backend.alloc(length, dtype))
        const data: Data =
          dtype === 'float32'
            ? new Float32Array(length)
            : dtype === 'float64'
              ? new Float64Array(length)
              : new Int32Array(length)
        queued('write', backend.write(storage, data.fill(value)))
        return storage
      },
    },
  })
  return wrapped
}
