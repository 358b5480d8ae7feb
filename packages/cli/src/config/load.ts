import { stat } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { ConfigError, didYouMean, keysOf } from '@convkit/api'
import type { Config } from 'convkit'
import { asTyped, loadModule, numberOf, shown, takesProvider, withProvider } from 'convkit/internal'
import { settingsOf } from 'convkit/training'
import { z } from 'zod'
import { readJson } from '../readText.js'
import { loadRecipe } from '../recipes.js'
import { findConfigFile } from './find.js'
import { configSchema, defaults, pathSettings, type SettingName, settings } from './schema.js'

export type Settings = Config & { readonly [K in keyof typeof defaults]: NonNullable<Config[K]> }

export interface LoadedConfig {
  readonly settings: Settings
  /** The configuration file that was used, if any. */
  readonly file: string | null
  /** The folder that the backend's path or package is resolved from. */
  readonly backendFrom: string
  /** The flags and variables that set something, as the user wrote them, by setting. */
  readonly given: ReadonlyMap<SettingName, string>
  /** What was left out and why, for the user to know. */
  readonly warnings: readonly string[]
}

export interface ConfigSources {
  readonly cwd: string
  /** Instead of searching upward from `cwd`. */
  readonly configFile?: string | undefined
  /** Whether a file that is found by searching may be run, where it is code; default true. */
  readonly run?: boolean
  readonly env: { readonly [name: string]: string | undefined }
  /** By setting name; text is read as the setting's type. */
  readonly flags: { readonly [name: string]: unknown }
}

interface Source {
  readonly values: { readonly [key: string]: unknown }
  /** What they were read from, where that was text. */
  readonly texts?: { readonly [key: string]: unknown }
  /** How the user wrote a key there. */
  label(key: string): string
  readonly keys: readonly string[]
  readonly folder: string
}

const names = keysOf(settings)

/** Defaults, then the file, then the environment, then flags: the later one wins. Throws `ConfigError`, a line a problem. */
export async function loadConfig({ cwd, configFile, run = true, env, flags }: ConfigSources): Promise<LoadedConfig> {
  const path = configFile === undefined ? await findConfigFile(cwd) : resolve(cwd, configFile)
  const isLeftOut = path !== null && configFile === undefined && !run && extname(path) !== '.json'
  const file = path === null || isLeftOut ? null : { path, values: await readConfigFile(path) }
  const [variables, others] = ourVariables(env)
  const sources: Source[] = [
    ...(file ? [fromFile(file.path, file.values)] : []),
    fromEnvironment(variables, cwd),
    { values: fromText(flags), texts: flags, label: flagName, keys: names.map(flagName), folder: cwd },
  ]
  await insertRecipe(sources)
  const given = new Map<SettingName, string>()
  let merged: Settings = defaults
  let backendFrom = cwd
  for (const source of sources) {
    const values = check(source)
    const { provider: _, ...others } = merged
    const unasked = values.backend !== undefined && !takesProvider(values.backend)
    merged = { ...(unasked ? others : merged), ...values }
    if (values.backend !== undefined) backendFrom = source.folder
    // Those of a file are for every run.
    if (source.texts) for (const name of names) if (values[name] !== undefined) given.set(name, source.label(name))
  }
  return {
    settings: { ...merged, backend: withProvider(merged.backend, merged.provider) },
    file: file?.path ?? null,
    backendFrom,
    given,
    warnings: [
      ...(isLeftOut ? [`${path} is code, which this command does not run: give what it needs as flags`] : []),
      ...others.map((name) => `${name} is no setting${didYouMean(name, variableNames)}`),
    ],
  }
}

/** The settings of a recipe stand before those of the source that names it last, which win over them. */
async function insertRecipe(sources: Source[]): Promise<void> {
  const at = sources.findLastIndex(({ values }) => typeof values.recipe === 'string')
  const named = sources[at]
  if (!named) return
  const recipe = String(named.values.recipe)
  const values = { ...settingsOf(await loadRecipe(recipe, named.folder)) }
  sources.splice(at, 0, { values, label: (key) => `recipe ${recipe}: ${key}`, keys: names, folder: named.folder })
}

/** `batchSize` -> `--batch-size` */
export function flagName(setting: string): string {
  return `--${words(setting).join('-')}`
}

/** `batchSize` -> `CONVKIT_BATCH_SIZE` */
export function variableName(setting: string): string {
  return `CONVKIT_${words(setting).join('_').toUpperCase()}`
}

function words(name: string): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
}

async function readConfigFile(path: string): Promise<Source['values']> {
  const isJson = extname(path) === '.json'
  // A device has no end, and no module comes through a pipe.
  const found = isJson ? null : await stat(path).catch(() => null)
  if (found?.isFile() === false) throw new ConfigError(`${path}: expected a file, .json or a module`)
  const values = isJson ? await readJson(path) : (await loadModule(path)).default
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new ConfigError(`${path}: expected the configuration object as its default export, got ${shown(values)}`)
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function fromFile(filepath: string, values: Source['values']): Source {
  return { values, label: (key) => `${filepath}: ${key}`, keys: names, folder: dirname(filepath) }
}

const byVariable = new Map(
  names
    .filter((name) => !['model', 'hyperparameters', 'groups'].includes(name))
    .map((name) => [variableName(name), name]),
)
const variableNames = [...byVariable.keys()]

/** The variables that are settings, and the names of the others that begin as they do. */
function ourVariables(env: ConfigSources['env']): readonly [ConfigSources['env'], readonly string[]] {
  const found = Object.entries(env).filter(([name]) => name.startsWith('CONVKIT_') && name !== 'CONVKIT_DEBUG')
  const ours = found.filter(([name]) => byVariable.has(name))
  // Whoever starts a process sets variables for reasons of his own: Kubernetes does for a service of that name.
  return [Object.fromEntries(ours), found.map(([name]) => name).filter((name) => !byVariable.has(name))]
}

function fromEnvironment(variables: ConfigSources['env'], folder: string): Source {
  const texts = Object.fromEntries(Object.entries(variables).map(([name, text]) => [byVariable.get(name), text]))
  return {
    values: fromText(texts),
    texts,
    label: variableName,
    keys: variableNames,
    folder,
  }
}

/** Texts of the environment and of flags as the types that their settings have; what does not fit stays for `check`. */
function fromText(texts: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  const values: { [name: string]: unknown } = {}
  const schemas: { readonly [name: string]: unknown } = settings
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined) continue
    const schema = Object.hasOwn(settings, name) ? schemas[name] : undefined
    values[name] = text
    if (typeof text !== 'string') continue
    if (takesNumber(schema)) values[name] = numberOf(text) ?? text
    if (schema instanceof z.ZodBoolean) values[name] = { true: true, '1': true, false: false, '0': false }[text] ?? text
  }
  return values
}

function takesNumber(schema: unknown): boolean {
  if (schema instanceof z.ZodUnion) return schema.options.some(takesNumber)
  return schema instanceof z.ZodNumber
}

function check({ values, texts, label, keys, folder }: Source): Config {
  const parsed = configSchema.safeParse(values)
  if (!parsed.success) {
    const got = (key: string) => (typeof texts?.[key] === 'string' ? asTyped(texts[key]) : shown(values[key]))
    const lines = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${label(key)}: unknown${didYouMean(lastWord(label(key)), keys)}`)
        : [`${label(issue.path.join('.'))}: expected ${issue.message}, got ${got(String(issue.path[0]))}`],
    )
    throw new ConfigError(lines.join('\n'))
  }
  const paths = pathSettings.flatMap((key) => {
    const path = values[key]
    return typeof path === 'string' ? [[key, resolve(folder, path)]] : []
  })
  // Checked just now; what was undefined has been left out.
  return { ...parsed.data, ...Object.fromEntries(paths) } as Config
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf(' ') + 1)
}
