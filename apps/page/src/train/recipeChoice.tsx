import { Field } from '../ui/field.js'
import { lengthFor, ownLength, sequential, type TrainConfig, threeLayerConvNet } from './config.js'
import type { TrainProps } from './props.js'
import type { TrainerHandle } from './useTrainer.js'

const own = [threeLayerConvNet, sequential]
const titles = { threeLayerConvNet: 'ThreeLayerConvNet', sequential: 'Sequential' }

/** What is trained and how: a recipe, or a network to change. */
export function RecipeChoice({ config, onConfig, trainer }: TrainProps) {
  const { recipes, state } = trainer
  const { recipe } = config
  function choose(value: string) {
    const images = state.data?.counts.train ?? Number.POSITIVE_INFINITY
    const named = recipes.find(({ name }) => name === value)
    const next = named ? { kind: 'named' as const, name: named.name } : own.find(({ kind }) => kind === value)
    if (next) onConfig({ ...config, recipe: next, ...lengthFor(named ?? ownLength, images) })
  }
  return (
    <Field label="Recipe" class="recipe broad">
      <select
        value={recipe.kind === 'named' ? recipe.name : recipe.kind}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <optgroup label="To change">
          {own.map(({ kind }) => (
            <option key={kind} value={kind}>
              {titles[kind]}
            </option>
          ))}
        </optgroup>
        <optgroup label="As they come">
          {recipes.map(({ name, description }) => (
            <option key={name} value={name} title={description}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
    </Field>
  )
}

/** The images have changed: as long as the recipe says, and as they need. */
export function fitted(config: TrainConfig, trainer: TrainerHandle, images: number): TrainConfig {
  const { recipe } = config
  const named = recipe.kind === 'named' ? trainer.recipes.find(({ name }) => name === recipe.name) : undefined
  return { ...config, ...lengthFor(named ?? ownLength, images) }
}
