import { Sequential } from '@convkit/nn'
import type { Config } from '../config/config.js'
import type { Recipe } from '../config/recipe.js'

/** Each in a file of its own, which is loaded when it is asked for. */
export const recipes = {
  notebook: () => import('./recipes/notebook.js'),
  lenet: () => import('./recipes/lenet.js'),
  resnet20: () => import('./recipes/resnet20.js'),
  'cifar10-90': () => import('./recipes/cifar10-90.js'),
  'cifar10-93': () => import('./recipes/cifar10-93.js'),
  'cifar10-94': () => import('./recipes/cifar10-94.js'),
  autoencoder: () => import('./recipes/autoencoder.js'),
}

export type RecipeName = keyof typeof recipes

export const isRecipe = (name: string): name is RecipeName => Object.hasOwn(recipes, name)

export const recipeNames: readonly RecipeName[] = Object.keys(recipes).filter(isRecipe)

/** The settings that a recipe stands for. */
export function settingsOf({ description: _, layers, loss, ...settings }: Recipe): Config {
  if (!layers) return settings
  const { reg = 0 } = settings
  return {
    ...settings,
    model: (backend, options, purpose) =>
      new Sequential(backend, {
        ...options,
        reg,
        input: purpose.input,
        layers: layers(purpose),
        ...(loss !== undefined && { loss }),
      }),
  }
}
