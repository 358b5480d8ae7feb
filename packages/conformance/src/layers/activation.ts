import { type ActivationDefinition, activationOf, mapValues, type Shape } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, Results } from '../core/case.js'
import { discs, roomOf } from '../core/discs.js'
import { inputOf, tensorOf } from '../core/inputs.js'
import { exact, running } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec, Neighbourhood } from '../core/spec.js'
import { longest, period, repeated, sweep } from '../core/sweep.js'
import { map, type ValueKind, values } from '../core/values.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts } from '../laws/independentParts.js'
import { saved } from '../laws/saved.js'
import { scale } from '../laws/scale.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { elementShapes, manyElements } from './elements.js'

const allKinds: readonly ValueKind[] = ['normal', 'dyadic', 'ties', 'wide']

/**
 * What an activation is held to, the library's or one's own: bounds, gradients and laws follow from its composition; `laws` are
 * those of its own formula, `drawn` the scalars it is tried with, where they are others than half to twice the usual ones.
 */
export function activationSpec(
  definition: ActivationDefinition,
  laws: readonly Law[] = [],
  drawn: { readonly [scalar: string]: fc.Arbitrary<number> } = {},
): LayerSpec {
  const activation = activationOf(definition)
  const { name: layer, dims, defaults } = activation
  const { forward, backward } = definition.methods
  const attributes = fc.record(
    mapValues(defaults, (usual, name) => drawn[name] ?? scalars([usual], inOrder(usual / 2, 2 * usual))),
  )
  const scalarsOf = ({ attrs }: Case) => mapValues(defaults, (_, name) => Number(attrs[name]))

  function cases(shapes: fc.Arbitrary<Shape>, kinds: readonly ValueKind[] = allKinds): fc.Arbitrary<Case> {
    const drawn = { shape: shapes, attrs: attributes, kind: fc.constantFrom(...kinds), seed: seeds }
    return fc.record(drawn).map(({ shape, attrs, kind, seed }) => {
      const random = new Random(seed)
      return { layer, attrs, inputs: { x: values(random, shape, kind) }, dy: values(random, shape, kind) }
    })
  }

  // Slopes far from 0 underflow: scaled, they are lost, and an infinite dy times such a one is infinite or NaN.
  const nearZero = cases(elementShapes, ['normal', 'dyadic', 'ties'])

  return {
    layer,
    cases: cases(elementShapes),
    large: cases(manyElements),
    specialCases: nearZero,

    call(scope, inputs, c, dy, want) {
      const { y, saved } = activation.forward(scope, { x: tensorOf(inputs, 'x') }, scalarsOf(c))
      return dy ? { y, ...activation.backward(scope, dy, saved, want) } : { y }
    },

    bounds(c, results, _magnitudes, unit) {
      const r = running(unit)
      const given = mapValues(scalarsOf(c), r.scalar)
      const operands: Results = { ...c.inputs, ...(c.dy && { dy: c.dy }) }
      const errors = (method: typeof forward | typeof backward, output: string) =>
        Array.from(inputOf(c, 'x').data.keys(), (i) => {
          const of = (name: string) => (Object.hasOwn(given, name) ? given[name] : exact(operands[name].data[i]))
          return method.composition(r, of)[output].error
        })
      return elementwise(results, { y: errors(forward, 'y'), ...(c.dy && { dx: errors(backward, 'dx') }) })
    },

    gradients: { x: 'dx' },

    neighbourhood(c): Neighbourhood {
      const x = inputOf(c, 'x')
      const given = mapValues(scalarsOf(c), discs.constant)
      let most = 0
      const room = map(x, (center, i) => {
        const [room, radius] = roomOf(
          (disc) => forward.composition(discs, (name) => (Object.hasOwn(given, name) ? given[name] : disc)).y,
          center,
        )
        most += Math.abs(c.dy?.data[i] ?? 1) * radius
        return room
      })
      return { room, most }
    },

    laws: [
      independentParts('elements', 'elements', { x: 0, dy: 0 }, { y: 0, dx: 0 }),
      batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: [] }),
      { ...scale({ dy: 1 }, { dx: 1 }), cases: nearZero },
      saved((scope, tensors, dy, c) => {
        const x = tensorOf(tensors, 'x')
        return activation.backward(scope, dy, { d: dims(x.shape), scalars: scalarsOf(c), x })
      }),
      ...laws,
    ],

    sweeps: [
      sweep(
        'elements',
        longest,
        (size, random) => {
          const [x, dy] = [1, 2].map(() => ({ shape: [size], data: repeated(random.normal(period), size) }))
          return { layer, attrs: { ...defaults }, inputs: { x }, dy }
        },
        { period },
      ),
    ],

    common: [subnormals([shrink({ x: 1 }), shrink({ dy: 1 })])],
  }
}

const inOrder = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a])
