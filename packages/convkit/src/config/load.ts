import { dirname, resolve } from 'node:path'
import { ConfigError } from '@convkit/api'
import { lilconfig } from 'lilconfig'
import { z } from 'zod'
import { takesProvider, withProvider } from '../createBackend.js'
import { firstLine, loadModule } from '../loadModule.js'
import { didYouMean } from '../nearest.js'
import { type Config, configSchema, defaults, pathSettings, type SettingName, settings } from './schema.js'

export type Settings = Config & { readonly [K in keyof typeof defaults]: NonNullable<Config[K]> }

export interface LoadedConfig {
  readonly settings: Settings
  /** The configuration file that was used, if any. */
  readonly file: string | null
  /** The folder that the backend's path or package is resolved from. */
  readonly backendFrom: string
}

export interface ConfigSources {
  readonly cwd: string
  /** Instead of searching upward from `cwd`. */
  readonly configFile?: string | undefined
  readonly env: { readonly [name: string]: string | undefined }
  /** By setting name; text is read as the setting's type. */
  readonly flags: { readonly [name: string]: unknown }
}

interface Source {
  readonly values: { readonly [key: string]: unknown }
  /** How the user wrote a key there. */
  label(key: string): string
  readonly keys: readonly string[]
  readonly folder: string
}

const names = Object.keys(settings) as SettingName[]

/** Defaults, then the file, then the environment, then flags: the later one wins. Throws `ConfigError`, a line a problem. */
export async function loadConfig({ cwd, configFile, env, flags }: ConfigSources): Promise<LoadedConfig> {
  const file = await readConfigFile(cwd, configFile)
  const sources: Source[] = [
    ...(file ? [fromFile(file.filepath, file.values)] : []),
    fromEnvironment(env, cwd),
    { values: fromText(flags), label: flagName, keys: names.map(flagName), folder: cwd },
  ]
  let merged: Settings = defaults
  let backendFrom = cwd
  for (const source of sources) {
    const values = check(source)
    const { provider: _, ...others } = merged
    const unasked = values.backend !== undefined && !takesProvider(values.backend)
    merged = { ...(unasked ? others : merged), ...values }
    if (values.backend !== undefined) backendFrom = source.folder
  }
  return {
    settings: { ...merged, backend: withProvider(merged.backend, merged.provider) },
    file: file?.filepath ?? null,
    backendFrom,
  }
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

async function readConfigFile(cwd: string, configFile: string | undefined) {
  const load = async (path: string) => (await loadModule(path)).default
  const json = (path: string, content: string): unknown => {
    try {
      return JSON.parse(content)
    } catch (error) {
      throw new ConfigError(`${path}: not valid JSON: ${firstLine(error)}`, { cause: error })
    }
  }
  const explorer = lilconfig('convkit', {
    searchPlaces: ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `convkit.config.${extension}`),
    loaders: { '.ts': load, '.mts': load, '.js': load, '.mjs': load, '.json': json },
    cache: false,
  })
  const found = await (configFile ? explorer.load(resolve(cwd, configFile)) : explorer.search(cwd)).catch((error) => {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${configFile ?? cwd}: the configuration cannot be read: ${firstLine(error)}`, {
      cause: error,
    })
  })
  if (!found) return null
  const values: unknown = found.config
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new ConfigError(
      `${found.filepath}: expected the configuration object as its default export, got ${show(values)}`,
    )
  return {
    filepath: found.filepath,
    values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
  }
}

function fromFile(filepath: string, values: Source['values']): Source {
  return { values, label: (key) => `${filepath}: ${key}`, keys: names, folder: dirname(filepath) }
}

function fromEnvironment(env: ConfigSources['env'], folder: string): Source {
  const ours = Object.entries(env).filter(([name]) => name.startsWith('CONVKIT_') && name !== 'CONVKIT_DEBUG')
  const texts = names.filter((name) => name !== 'model')
  const byVariable = new Map(texts.map((name) => [variableName(name), name]))
  return {
    values: fromText(Object.fromEntries(ours.map(([name, text]) => [byVariable.get(name) ?? name, text]))),
    label: (key) => (key.startsWith('CONVKIT_') ? key : variableName(key)),
    keys: [...byVariable.keys()],
    folder,
  }
}

/** Texts of the environment and of flags as the types that their settings have; what does not fit stays for `check`. */
function fromText(texts: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  const values: { [name: string]: unknown } = {}
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined) continue
    const schema: unknown = Object.hasOwn(settings, name) ? settings[name as SettingName] : undefined
    values[name] = text
    if (typeof text !== 'string') continue
    if (schema instanceof z.ZodNumber && text.trim() !== '' && !Number.isNaN(Number(text))) values[name] = Number(text)
    if (schema instanceof z.ZodBoolean) values[name] = { true: true, '1': true, false: false, '0': false }[text] ?? text
  }
  return values
}

function check({ values, label, keys, folder }: Source): Config {
  const parsed = configSchema.safeParse(values)
  if (!parsed.success) {
    const lines = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${label(key)}: unknown${didYouMean(lastWord(label(key)), keys)}`)
        : [`${label(issue.path.join('.'))}: expected ${issue.message}, got ${show(values[String(issue.path[0])])}`],
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

function show(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value))
}
