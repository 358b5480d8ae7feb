import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { type Backend, ConfigError } from '@convkit/api'
import type { Place } from '@convkit/files'
import { createBackend } from 'convkit'
import { asTyped, numberOf } from 'convkit/internal'
import { z } from 'zod'
import { flagName, type LoadedConfig, loadConfig } from '../config/load.js'
import { defaults, type SettingName, settings } from '../config/schema.js'
import { note } from '../terminal.js'

/** The settings that every command with a backend has. */
export const backendSettings = [
  'backend',
  'provider',
  'strict',
  'dtype',
  'seed',
] as const satisfies readonly SettingName[]

/** Gives a command --config and the flags of these settings, under a heading in its help. */
export function addSettings(command: CommandUnknownOpts, names: readonly SettingName[], heading = 'Settings:'): void {
  const fallbacks: { readonly [N in SettingName]?: unknown } = defaults
  for (const name of names) {
    const schema = settings[name]
    const flag = flagName(name)
    const fallback = fallbacks[name]
    const choices = schema instanceof z.ZodEnum ? `: ${schema.options.join(', ')}` : ''
    const help = `${schema.description ?? ''}${choices}${fallback === undefined || fallback === false ? '' : ` (default: ${fallback})`}`
    if (schema.type === 'boolean') {
      command.addOption(new Option(flag, help).helpGroup(heading))
      // Takes back what the file or the environment has switched on.
      command.addOption(new Option(flag.replace('--', '--no-')).hideHelp())
    } else command.addOption(new Option(`${flag} <${valueName(schema.type)}>`, help).helpGroup(heading))
  }
  if (!command.options.some((option) => option.long === '--config'))
    command.addOption(new Option('--config <file>', 'instead of searching upward for convkit.config.*'))
}

function valueName(type: string): string {
  return type === 'number' ? 'n' : type === 'enum' ? 'name' : 'value'
}

/** The configuration of a command made with `addSettings`: file, environment and its own flags. */
export async function readSettings(
  command: CommandUnknownOpts,
  {
    run = true,
  }: { /** Whether a configuration file that is found may be run; default true. */ readonly run?: boolean } = {},
): Promise<LoadedConfig> {
  const options: { readonly [name: string]: unknown } = command.opts()
  const flags = Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(settings, name)))
  const { config } = options
  const loaded = await loadConfig({
    run,
    cwd: process.cwd(),
    configFile: typeof config === 'string' ? config : undefined,
    env: process.env,
    flags,
  })
  for (const warning of loaded.warnings) note(warning)
  return loaded
}

/** The configured backend; what falls back is told on stderr unless `quiet`, in one line for all kernels of a burst. */
export async function openBackend(
  { settings, backendFrom }: LoadedConfig,
  { threads, quiet = false }: { readonly threads?: number | undefined; readonly quiet?: boolean } = {},
): Promise<Backend> {
  let told: string[] = []
  const backend: Backend = await createBackend(settings.backend, {
    from: backendFrom,
    strict: settings.strict,
    ...(threads === undefined ? {} : { threads }),
    onFallback(kernel, reason) {
      if (quiet) return
      if (told.length === 0)
        setImmediate(() => {
          note(`${backend.name}: running on naive: ${told.join(', ')}`)
          told = []
        })
      told.push(reason === 'no kernel' ? kernel : `${kernel} (${reason})`)
    },
  })
  return backend
}

/** A whole number in a range, given to a flag of one command's own. */
export function count(flag: string, max: number): (text: string) => number {
  return (text) => {
    const value = numberOf(text)
    if (value === undefined || !Number.isSafeInteger(value) || value < 1 || value > max)
      throw new ConfigError(`${flag}: expected a whole number from 1 to ${max}, got ${asTyped(text)}`)
    return value
  }
}

/** Says of each setting that was given for this run and does nothing in it why it does not; `false` where it does. */
export function tellIdle({ given }: LoadedConfig, reasons: { readonly [K in SettingName]?: string | false }): void {
  for (const [name, label] of given) if (reasons[name]) note(`${label} does nothing here: ${reasons[name]}`)
}

/** Files that flags name, as `checkPlaces` takes them: `{ saveGate }` is --save-gate. */
export function placesOf(files: { readonly [name: string]: string | undefined }): { readonly [flag: string]: Place } {
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [[flagName(name), { path }]])),
  )
}
