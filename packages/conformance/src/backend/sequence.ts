import { affine, type Backend, type FloatDType, type FloatTensor, Scope, sgd, vector } from '@convkit/api'
import fc from 'fast-check'
import type { Check } from '../core/check.js'
import { holds } from '../core/property.js'
import { Violation } from '../core/violation.js'

const side = 3
const size = side * side
const slots = 4

interface Operation {
  /** Queues the call: y is overwritten or updated from x. */
  queue(scope: Scope, x: FloatTensor, y: FloatTensor, value: number): void
  /** What it leaves in y. Factors are powers of two, so each element is rounded once, fused or not. */
  model(x: Float64Array, y: Float64Array, value: number): ArrayLike<number>
}

const operations: { readonly [name: string]: Operation } = {
  write: {
    queue: (_scope, _x, y, value) => y.write(array(y.dtype, new Float64Array(size).fill(value))),
    model: (_x, _y, value) => new Float64Array(size).fill(value),
  },
  fill: {
    queue: (_scope, _x, y, value) => vector.fill(y, value),
    model: (_x, _y, value) => new Float64Array(size).fill(value),
  },
  copy: {
    queue: (_scope, x, y) => vector.copy(x, y),
    model: (x) => x,
  },
  scale: {
    queue: (_scope, _x, y) => vector.scale(y, -0.5),
    model: (_x, y) => y.map((value) => value * -0.5),
  },
  addScaled: {
    queue: (_scope, x, y) => vector.addScaled(y, 0.5, x),
    model: (x, y) => y.map((value, i) => value + 0.5 * x[i]),
  },
  update: {
    queue: (_scope, x, y) => sgd.update(y, x, [], { learningRate: 0.25 }),
    model: (x, y) => y.map((value, i) => value - 0.25 * x[i]),
  },
  // Forward and backward of a whole layer by way of short-lived tensors: y becomes d(x w)/dx with w the identity, that is, x.
  layer: {
    queue(scope, x, y) {
      using step = scope.child()
      const w = step.from(array(x.dtype, identity), [side, side])
      const { y: product, saved } = affine.forward(step, { x, w })
      affine.backward(step, product, saved, { dx: y, dw: false, db: false })
    },
    model: (x) => x,
  },
}

const identity = Float64Array.from({ length: size }, (_, i) => (i % (side + 1) === 0 ? 1 : 0))

interface Step {
  readonly call: string
  readonly x: number
  readonly y: number
  readonly value: number
}

const program: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    call: fc.constantFrom(...Object.keys(operations), 'read', 'replace', 'mark', 'sync', 'wait'),
    x: fc.nat(slots - 1),
    y: fc.nat(slots - 1),
    value: fc.integer({ min: -16, max: 16 }),
  }),
  { minLength: 1, maxLength: 30 },
)

/** Random programs of queued calls, held against a model that runs each call at once. */
export function sequenceCheck(dtype: FloatDType): Check {
  return {
    id: `backend/sequence/${dtype}`,
    layer: 'backend',
    law: 'sequence',
    dtype,
    says: 'any program of queued calls, steps and waits gives what its calls give one by one, in call order',
    run: (context) => holds(context, program, (steps) => play(context.backend, dtype, steps)),
  }
}

async function play(backend: Backend, dtype: FloatDType, steps: readonly Step[]): Promise<void> {
  using scope = new Scope(backend)
  const model = Array.from({ length: slots }, (_, i) => new Float64Array(size).fill(i))
  const made = model.map((values) => allocate(scope, dtype, values))
  const reads: { readonly at: number; readonly expected: Float64Array; readonly got: Promise<ArrayLike<number>> }[] = []
  const pending: (Promise<void> | undefined)[] = []
  const read = (at: number, slot: number) =>
    reads.push({ at, expected: model[slot].slice(), got: made[slot].tensor.read() })

  for (const [at, { call, x, y, value }] of steps.entries()) {
    if (call === 'read') read(at, y)
    else if (call === 'mark') backend.mark?.('step')
    else if (call === 'sync') pending.push(backend.sync?.())
    else if (call === 'wait') await reads.at(-1)?.got
    else if (call === 'replace') {
      // Freed while calls on it may still be queued; what is allocated next may take its place.
      made[y].owner[Symbol.dispose]()
      model[y].fill(value)
      made[y] = allocate(scope, dtype, model[y])
    } else if (x !== y) {
      operations[call].queue(scope, made[x].tensor, made[y].tensor, value)
      model[y] = Float64Array.from(operations[call].model(model[x], model[y], value), rounding[dtype])
    }
  }
  for (let slot = 0; slot < slots; slot++) read(steps.length, slot)

  await Promise.all(pending)
  for (const { at, expected, got } of reads) {
    const seen = await got
    const wrong = expected.findIndex((value, i) => value !== seen[i])
    if (wrong !== -1)
      throw new Violation(
        `sequence: a read at call ${at} gave ${seen[wrong]} for element ${wrong}, expected ${expected[wrong]}`,
      )
  }
}

const rounding = { float32: Math.fround, float64: (value: number) => value } as const

function allocate(scope: Scope, dtype: FloatDType, values: Float64Array): { owner: Scope; tensor: FloatTensor } {
  const owner = scope.child()
  return { owner, tensor: owner.from(array(dtype, values), [side, side]) }
}

function array(dtype: FloatDType, values: Float64Array): Float32Array | Float64Array {
  return dtype === 'float32' ? Float32Array.from(values) : values
}
