import { type Data, type DType, type FloatDType, queued, Scope, type Tensor } from '@convkit/api'
import fc from 'fast-check'
import type { Check, CheckContext, CheckOutcome } from '../core/check.js'
import { holds } from '../core/property.js'
import { Violation } from '../core/violation.js'
import { equal } from './numbers.js'

const few = { minLength: 1, maxLength: 70 } as const

/** Any numbers of a dtype but subnormals, NaN, infinities and -0 among them. */
function numbers(dtype: DType): fc.Arbitrary<Data> {
  if (dtype === 'int32') return fc.array(fc.integer(), few).map((values) => array(dtype, values))
  const any = dtype === 'float32' ? fc.float() : fc.double()
  const number = fc.oneof({ arbitrary: any, weight: 7 }, { arbitrary: fc.constant(-0), weight: 1 })
  const normal = number.map((value) => (Math.abs(value) < least[dtype] ? Math.sign(value) * least[dtype] : value))
  return fc.array(normal, few).map((values) => array(dtype, values))
}

function subnormals(dtype: FloatDType): fc.Arbitrary<Data> {
  const range = { min: -least[dtype], minExcluded: true, max: least[dtype], maxExcluded: true, noNaN: true } as const
  return fc.array(dtype === 'float32' ? fc.float(range) : fc.double(range), few).map((values) => array(dtype, values))
}

/** The smallest normal numbers. */
const least = { float32: 2 ** -126, float64: 2 ** -1022 } as const

const bytes = { float32: 4, float64: 8, int32: 4 } as const
const shares = { minLength: 4, maxLength: 8 } as const
/** More than a 32-bit address space: each case would use up what a backend does not take back. */
const enough = 2 ** 32 + 2 ** 28
/** Such a case takes a plain backend half a second: so many times fewer of them. */
const runsAReuse = 8
const fewer = (context: CheckContext) => ({ ...context, runs: Math.ceil(context.runs / runsAReuse) })

function array(dtype: DType, values: readonly number[]): Data {
  if (dtype === 'float32') return Float32Array.from(values)
  return dtype === 'float64' ? Float64Array.from(values) : Int32Array.from(values)
}

/** alloc, write, read and free, before any kernel: what four functions owe. */
export function storageChecks(dtype: DType): Check[] {
  const promise = (law: string, says: string, run: (context: CheckContext) => Promise<CheckOutcome>): Check => ({
    id: `backend/${law.replaceAll(' ', '-')}/${dtype}`,
    layer: 'backend',
    law,
    dtype,
    says,
    run,
  })
  const data = numbers(dtype)

  return [
    promise('round trip', 'read gives the bits that were written, into a new array or the one given', (context) =>
      roundTrip(context, data),
    ),
    ...(dtype === 'int32' ? [] : [subnormalsCheck(dtype)]),

    promise('copies', 'write copies its data before it returns, and read gives a copy', (context) =>
      holds(context, data, async (data) => {
        using scope = new Scope(context.backend)
        const given = data.slice()
        const tensor = scope.from(given, [data.length])
        given.fill(1)
        const first = await tensor.read()
        equal('read after the written array changed', first, data)
        first.fill(2)
        equal('read after an array that was read changed', await tensor.read(), data)
      }),
    ),

    promise('apart', 'storages do not overlap, also after others were freed', (context) =>
      holds(context, fc.array(data, { minLength: 2, maxLength: 9 }), async (all) => {
        using scope = new Scope(context.backend)
        for (let round = 0; round < 2; round++) {
          using short = scope.child()
          const kept = all.map((data, i) => [(i % 2 ? short : scope).from(data, [data.length]), data] as const)
          for (const [tensor, data] of kept) equal('a storage among others', await tensor.read(), data)
        }
      }),
    ),

    promise('reuse', 'memory that was freed can be had again', (context) =>
      holds(fewer(context), fc.array(fc.constantFrom(2 ** 17, 2 ** 18, 2 ** 19), shares), async (lengths) => {
        for (let total = 0; total < enough; ) {
          using scope = new Scope(context.backend)
          for (const length of lengths) {
            scope.alloc([length], dtype)
            total += length * bytes[dtype]
          }
          await scope.from(array(dtype, [1]), [1]).read()
        }
      }),
    ),

    promise('order', 'a read gives what was written before it, whatever is queued behind it', (context) =>
      holds(context, fc.tuple(data, fc.integer({ min: 2, max: 6 })), async ([data, count]) => {
        using scope = new Scope(context.backend)
        const tensor: Tensor = scope.alloc([data.length], dtype)
        const reads: Promise<Data>[] = []
        const versions = Array.from({ length: count }, (_, i) => (i % 2 ? data : data.slice().reverse()))
        for (const version of versions) {
          tensor.write(version)
          reads.push(tensor.read())
        }
        for (const [i, read] of (await Promise.all(reads)).entries()) equal(`read ${i}`, read, versions[i] ?? data)
      }),
    ),

    promise(
      'usable after an error',
      'an allocation that cannot be had throws, and the backend still works',
      (context) =>
        holds(context, data, async (data) => {
          let refused = false
          try {
            context.backend.free(queued('alloc', context.backend.alloc(2 ** 46, dtype)))
          } catch {
            refused = true
          }
          if (!refused) throw new Violation('an allocation of 2^46 elements did not throw')
          using scope = new Scope(context.backend)
          equal('read after the error', await scope.from(data, [data.length]).read(), data)
        }),
    ),
  ]
}

function subnormalsCheck(dtype: FloatDType): Check {
  return {
    id: `backend/subnormals/${dtype}`,
    layer: 'backend',
    law: 'subnormals',
    dtype,
    says: 'numbers below the smallest normal one are read as they were written',
    needs: 'subnormals',
    run: (context) => roundTrip(context, subnormals(dtype)),
  }
}

function roundTrip(context: CheckContext, values: fc.Arbitrary<Data>): Promise<CheckOutcome> {
  return holds(context, values, async (data) => {
    using scope = new Scope(context.backend)
    const tensor = scope.from(data, [data.length])
    equal('read', await tensor.read(), data)
    const into = data.slice().fill(7)
    if ((await context.backend.read(tensor.storage, into)) !== into)
      throw new Violation('read did not return the array that it was given to fill')
    equal('read into', into, data)
  })
}
