import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, didYouMean, keysOf } from '@convkit/api'
import type { Config, Recipe } from 'convkit'
import { loadModule, recipeFile, shown } from 'convkit/internal'
import { isRecipe, recipeNames, recipes } from 'convkit/training'
import { readText } from './readText.js'

/** What a recipe has no say in: where it runs, and with which files. */
const outside: readonly string[] = keysOf({
  recipe: true,
  model: true,
  backend: true,
  provider: true,
  strict: true,
  dataDir: true,
  distributed: true,
  checkpoint: true,
  checkpointEvery: true,
  out: true,
  log: true,
  report: true,
} satisfies { readonly [K in Exclude<keyof Config, keyof Recipe>]: true })

/** A recipe by its name, or from a module that exports it as `recipe` or by default. Throws `ConfigError`. */
export async function loadRecipe(given: string, folder: string): Promise<Recipe> {
  if (isRecipe(given)) return (await recipes[given]()).recipe
  if (extname(given) === '' && !given.includes('/'))
    throw new ConfigError(
      `recipe: there is no ${given}${didYouMean(given, recipeNames)} (known: ${recipeNames.join(', ')}; your own is a ./file.ts)`,
    )
  const path = resolve(folder, given)
  const { recipe, default: other } = await loadModule(path)
  return checked(recipe ?? other, path)
}

function checked(value: unknown, path: string): Recipe {
  const refuse = (what: string) => new ConfigError(`${path}: ${what}`)
  if (typeof value !== 'object' || value === null)
    throw refuse(`expected \`export const recipe = defineRecipe({ ... })\`, got ${shown(value)}`)
  const { description, layers }: Partial<Recipe> = value
  if (typeof description !== 'string') throw refuse(`description: expected a line of text, got ${shown(description)}`)
  if (layers !== undefined && typeof layers !== 'function')
    throw refuse(`layers: expected a function ({ input, classes }) => [...], got ${shown(layers)}`)
  const strange = Object.keys(value).find((name) => outside.includes(name))
  if (strange !== undefined)
    throw new ConfigError(`recipe ${path}: ${strange}: is for flags and the configuration file`)
  return { ...value, description }
}

/** The file of a recipe of ours, to start one's own from. Throws `ConfigError` for a name that is none. */
export async function recipeText(name: string): Promise<string> {
  if (!isRecipe(name)) throw new ConfigError(`recipes: there is no ${name}${didYouMean(name, recipeNames)}`)
  return readText(fileURLToPath(recipeFile(name)))
}
