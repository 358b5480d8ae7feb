import { type ElementLossDefinition, elementLossOf, mapValues, type Shape } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case } from '../core/case.js'
import { type Disc, discs, roomOf } from '../core/discs.js'
import { changed, inputOf, tensorOf } from '../core/inputs.js'
import { type Approx, exact, running } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec, Neighbourhood } from '../core/spec.js'
import { longer, period, repeated, sweep } from '../core/sweep.js'
import { map, type ValueKind, values } from '../core/values.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts } from '../laws/independentParts.js'
import { subnormals } from '../laws/subnormals.js'
import { elementShapes, manyElements } from './elements.js'

const allKinds: readonly ValueKind[] = ['normal', 'dyadic', 'ties', 'wide']

/**
 * What a loss of elements is held to, the library's or one's own: bounds, gradients and laws follow from its composition;
 * `laws` are those of its own formula. A case may have a `scale`, and has a value for each hyperparameter.
 */
export function elementLossSpec(definition: ElementLossDefinition, laws: readonly Law[] = []): LayerSpec {
  const { name: layer, defaults } = definition
  const { forward, backward } = definition.methods
  const hyperparameters = mapValues(defaults, (usual) => scalars([usual, 0.5, 2], [0.1, 8]))

  function cases(shapes: fc.Arbitrary<Shape>, kinds: readonly ValueKind[] = allKinds): fc.Arbitrary<Case> {
    return fc
      .record({
        shape: shapes,
        kind: fc.constantFrom(...kinds),
        seed: seeds,
        scale: fc.oneof(
          { arbitrary: fc.constant({}), weight: 1 },
          { arbitrary: fc.record({ scale: scalars([1, 0.25, 0.3, 128, 0], [1e-3, 128]) }), weight: 3 },
        ),
        own: fc.record(hyperparameters),
      })
      .map(({ shape, kind, seed, scale, own }) => {
        const random = new Random(seed)
        const inputs = { x: values(random, shape, kind), t: values(random, shape, kind) }
        return { layer, attrs: { ...scale, ...own }, inputs }
      })
  }

  const scaleOf = (c: Case) => (typeof c.attrs.scale === 'number' ? c.attrs.scale : 1 / inputOf(c, 'x').data.length)

  /** What element i of x and t is, and each scalar. */
  const numbersOf = (c: Case, i: number) => (name: string) => {
    if (name === 'scale') return scaleOf(c)
    return name in c.inputs ? inputOf(c, name).data[i] : Number(c.attrs[name])
  }
  const scalarNames: readonly string[] = forward.scalars

  return {
    layer,
    cases: cases(elementShapes),
    large: cases(manyElements),

    call(scope, inputs, c, _dy, want) {
      const { scale, ...own } = c.attrs
      const known = mapValues(defaults, (_, name) => Number(own[name]))
      const loss = elementLossOf(definition, known)
      const given = { x: tensorOf(inputs, 'x'), t: tensorOf(inputs, 't') }
      const { saved, ...results } = loss.forward(scope, given, typeof scale === 'number' ? { scale } : {})
      return want.dx === false ? results : { ...results, ...loss.backward(scope, saved, want) }
    },

    bounds(c, results, _magnitudes, unit) {
      const [r, summing] = [running(unit), running(unit.of('affine'))]
      const errors = (method: typeof forward | typeof backward, output: string) =>
        Array.from(inputOf(c, 'x').data, (_, i): Approx => {
          const numbers = numbersOf(c, i)
          return method.composition(r, (name) =>
            scalarNames.includes(name) ? r.scalar(numbers(name)) : exact(numbers(name)),
          )[output]
        })
      const terms = errors(forward, 'terms')
      // Each is multiplied by 1, and so is the sum of a row.
      const loss = summing.mul(exact(1), summing.sum(terms))
      const dx = errors(backward, 'dx')
      return elementwise(results, {
        terms: terms.map(({ error }) => error),
        loss: [loss.error],
        dx: dx.map(({ error }) => error),
      })
    },

    gradients: { x: 'dx' },

    neighbourhood(c): Neighbourhood {
      let most = 0
      const room = map(inputOf(c, 'x'), (center, i) => {
        const numbers = numbersOf(c, i)
        const term = (x: Disc) =>
          forward.composition(discs, (name) => (name === 'x' ? x : discs.constant(numbers(name)))).terms
        const [room, radius] = roomOf(term, center)
        most += radius
        return room
      })
      return { room, most }
    },

    laws: [
      // Each with a scale of its own, or 1 over their number would tell the parts apart.
      {
        ...independentParts('elements', 'elements', { x: 0, t: 0 }, { terms: 0, dx: 0 }),
        cases: cases(elementShapes).map((c) => changed(c, { attrs: { scale: scaleOf(c) } })),
      },
      batchOrder({ inputs: ['x', 't'], outputs: ['terms', 'dx'], sums: ['loss'] }),
      ...laws,
    ],

    sweeps: [
      sweep('elements', longer, (size, random) => {
        const [x, t] = [1, 2].map(() => ({ shape: [size], data: repeated(random.normal(period), size) }))
        return { layer, attrs: { ...defaults, scale: 0.25 }, inputs: { x, t } }
      }),
    ],

    common: [
      subnormals(
        [(c, exponent) => changed(c, { attrs: { scale: scaleOf(c) * 2 ** exponent } })],
        cases(elementShapes, ['normal', 'dyadic']),
      ),
    ],
  }
}
