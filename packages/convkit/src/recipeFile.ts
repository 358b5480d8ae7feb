import type { RecipeName } from './training/recipes.js'

/** The file of a recipe of ours, to start one's own from. */
export function recipeFile(name: RecipeName): URL {
  return new URL(`../src/training/recipes/${name}.ts`, import.meta.url)
}
