import { type Composition, type UpdateDefinition, updateOf } from '@convkit/api'
import { scalars } from '../core/scalars.js'
import { type UpdateSpec, type UpdateTheory, updateSpec } from './update.js'

/** An optimizer by its composition, which says all that is known of it but for laws of its own. */
export function composedSpec(
  definition: UpdateDefinition,
  laws: UpdateTheory<UpdateDefinition['defaults']>['laws'] = () => [],
): UpdateSpec {
  const update = updateOf(definition)
  // It was defined by one.
  const composition = definition.methods.update.composition as Composition
  const drawn = Object.entries(update.defaults).map(([name, usual]) => [name, scalars([usual, 0.5, 0], [1e-3, 0.999])])
  return updateSpec({
    update,
    scalars: Object.fromEntries(drawn),
    squares: [],
    decays: true,
    step(r, of, _s, state, g) {
      const { w, ...slots } = composition(r, (name) => (name === 'g' ? g : (state[name] ?? of(name))))
      return { w, ...Object.fromEntries(Object.entries(slots).map(([name, value]) => [name, r.stored(value)])) }
    },
    laws,
  })
}
