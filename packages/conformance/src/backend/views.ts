import { type DType, Scope } from '@convkit/api'
import fc from 'fast-check'
import type { Check } from '../core/check.js'
import { holds } from '../core/property.js'
import { Violation } from '../core/violation.js'
import { arrays, equal, pattern } from './numbers.js'

/** Elements of a buffer before and behind the part that is meant. */
const margin = fc.nat(9)

/** A part of a buffer as it may come: at the beginning, in the middle, at the end; shared between threads or not. */
const parts = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 2, maxLength: 4 }),
  before: margin,
  between: fc.nat(2),
  after: margin,
  shared: fc.boolean(),
  salt: fc.nat(255),
})

export function viewsCheck(dtype: DType): Check {
  return {
    id: `backend/views/${dtype}`,
    layer: 'backend',
    law: 'views',
    dtype,
    says: 'write takes a part of a buffer, and read fills a part of one and leaves the rest of it alone',
    run: (context) =>
      holds(context, parts, async ({ lengths, before, between, after, shared, salt }) => {
        using scope = new Scope(context.backend)
        const written = lengths.map((length, i) => pattern(dtype, length, salt + i))
        const places = lengths.map((_, i) => before + lengths.slice(0, i).reduce((sum, n) => sum + n + between, 0))
        const last = lengths.length - 1
        const count = places[last] + lengths[last] + after
        const whole = new arrays[dtype](bufferOf(count * arrays[dtype].BYTES_PER_ELEMENT, shared), 0, count)
        const views = lengths.map(
          (length, i) => new arrays[dtype](whole.buffer, whole.BYTES_PER_ELEMENT * places[i], length),
        )

        whole.fill(3)
        const storages = lengths.map((length) => scope.alloc([length], dtype).storage)
        for (const [i, view] of views.entries()) {
          view.set(written[i])
          context.backend.write(storages[i], view)
          // What was written is the caller's again.
          view.fill(5)
        }
        for (const [i, storage] of storages.entries())
          equal(`part ${i} of a buffer, written and read`, await context.backend.read(storage), written[i])

        const gap = 7
        whole.fill(gap)
        const filled = await Promise.all(storages.map((storage, i) => context.backend.read(storage, views[i])))
        for (const [i, view] of views.entries()) {
          if (filled[i] !== view) throw new Violation('read did not return the array that it was given to fill')
          equal(`part ${i} of a buffer, filled by one of several reads`, view, written[i])
        }
        const isMeant = (at: number) => places.some((place, i) => at >= place && at < place + lengths[i])
        const spoilt = whole.findIndex((value, at) => !isMeant(at) && value !== gap)
        if (spoilt !== -1)
          throw new Violation(`a read into elements [${places}] of a buffer also wrote element ${spoilt}, outside them`)
      }),
  }
}

/** A page that is not isolated has no shared memory. */
function bufferOf(bytes: number, shared: boolean): ArrayBufferLike {
  return shared && typeof SharedArrayBuffer !== 'undefined' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
}
