import { type Backend, type Data, Scope } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { Law } from '../core/spec.js'
import { queue, readAll, runCase, type Subject } from '../core/subject.js'
import { map } from '../core/values.js'
import { Violation } from '../core/violation.js'
import { sameRuns } from './alike.js'

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
      await sameRuns(`unwanted ${skipped}`, subject, c, rest, others)
      const alone = await run(c, Object.fromEntries(names.map((name) => [name, name === skipped])))
      await sameRuns(
        `only ${skipped}`,
        subject,
        c,
        alone,
        Object.fromEntries(Object.keys(alone).map((name) => [name, all[name] ?? missing])),
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
      const spoilt = await runCase(spec, filling(backend, Number.NaN), dtype, c)
      await sameRuns('overwrites', subject, c, spoilt, clean)
    },
  },
  {
    name: 'inputs kept',
    says: 'a call changes nothing but its outputs',
    async check({ spec, backend, dtype }, c) {
      const kept = Object.entries(c.inputs).filter(([name]) => !spec.inPlace?.includes(name))
      using scope = new Scope(backend)
      const { inputs, outputs } = queue(spec, scope, dtype, c)
      const before = Object.fromEntries(
        kept.map(([name, array]) => [name, dtype === 'float32' ? map(array, Math.fround) : array]),
      )
      await readAll(outputs)
      sameBits('inputs kept', c, await readAll(inputs), before)
    },
  },
  {
    name: 'repeats',
    says: 'the same call gives the same bits every time',
    needs: 'deterministic',
    async check({ run }, c) {
      const first = await run(c)
      for (let i = 0; i < 2; i++) sameBits('repeats', c, await run(c), first)
    },
  },
]

const missing = { shape: [0], data: new Float64Array(0) }

async function inCallersTensors(subject: Subject, c: Case, all: Results): Promise<void> {
  const { spec, backend, dtype } = subject
  using scope = new Scope(backend)
  const names = Object.values(spec.gradients).filter((name) => name in all)
  const own = Object.fromEntries(names.map((name) => [name, scope.alloc(all[name]?.shape ?? [1], dtype)]))
  const results = await readAll(queue(spec, scope, dtype, c, own).outputs)
  await sameRuns('gradients into tensors of the caller', subject, c, results, all)
}

/** Bit for bit, over the outputs of `expected`. */
export function sameBits(law: string, c: Case, got: Results, expected: Results): void {
  compare(
    law,
    c,
    got,
    expected,
    Object.fromEntries(Object.entries(expected).map(([name, array]) => [name, map(array, () => 0)])),
  )
}

/** The backend, with every allocation filled with one value first: fresh memory that no kernel may rely on. */
function filling(backend: Backend, value: number): Backend {
  const wrapped: Backend = Object.create(backend, {
    alloc: {
      value(length: number, dtype: 'float32' | 'float64' | 'int32') {
        const storage = backend.alloc(length, dtype)
        const data: Data =
          dtype === 'float32'
            ? new Float32Array(length)
            : dtype === 'float64'
              ? new Float64Array(length)
              : new Int32Array(length)
        backend.write(storage, data.fill(value))
        return storage
      },
    },
  })
  return wrapped
}
