import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Backend, ConvkitError, type FloatDType, isFused, kernelNames } from '@convkit/api'
import { backendName, backends, firstLine, loadBackend } from 'convkit/internal'
import type { LoadedConfig } from '../config/load.js'
import { print, printJson } from '../terminal.js'
import { addSettings, readSettings } from './settings.js'

/** What a backend runs itself, per dtype: the layers whose kernels it has, and those it lacks. */
type Capabilities = {
  readonly [D in FloatDType]: { readonly native: readonly string[]; readonly missing: readonly string[] }
}

type Availability<T> =
  | ({ readonly available: true; readonly description: string } & T)
  | { readonly available: false; readonly reason: string }

type Provider = { readonly name: string } & Availability<object>

type Report = {
  readonly name: string
  readonly chosen: boolean
  /** What else it could run on, each as it was just now. */
  readonly providers?: readonly Provider[]
} & Availability<{ readonly kernels: Capabilities }>

export function backendsCommand(): CommandUnknownOpts {
  const command = new Command('backends')
    .summary('show the backends and what they run on')
    .description('Show the backends: what each really runs on, what it can do, and how to get what is not there.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  convkit backends
  convkit backends --backend gpu --provider cuda
  convkit backends --backend ./my-backend.js`,
    )
    .action(async ({ json }, self) => {
      const loaded = await readSettings(self)
      const reports = await describeAll(loaded)
      if (json) printJson(reports)
      else for (const report of reports) printReport(report)
      if (reports.some(({ chosen, available }) => chosen && !available)) process.exitCode = 1
    })
  addSettings(command, ['backend', 'provider'])
  return command
}

async function describeAll({ settings, backendFrom }: LoadedConfig): Promise<Report[]> {
  const chosen = backendName(settings.backend)
  const names = [...new Set([...Object.keys(backends), chosen])]
  return Promise.all(
    names.map(async (name): Promise<Report> => {
      const config = name === chosen ? settings.backend : name
      const found = await describe(
        () => loadBackend(config, backendFrom),
        (backend) => ({
          kernels: { float32: capabilities(backend, 'float32'), float64: capabilities(backend, 'float64') },
        }),
      )
      const known = Object.hasOwn(backends, name) ? backends[name] : undefined
      if (!known?.providers) return { name, chosen: name === chosen, ...found }
      const providers = known.providers.map(async (provider): Promise<Provider> => {
        const own = await describe(
          () => known.create({ provider }),
          () => ({}),
        )
        if (own.available) return { name: provider, ...own }
        return { name: provider, ...own, reason: own.reason.replace(`${name}: provider ${provider}: `, '') }
      })
      return { name, chosen: name === chosen, ...found, providers: await Promise.all(providers) }
    }),
  )
}

async function describe<T>(open: () => Promise<Backend>, more: (backend: Backend) => T): Promise<Availability<T>> {
  try {
    const backend = await open()
    const { description } = backend
    const result = { available: true, description, ...more(backend) } as const
    await backend.close?.()
    return result
  } catch (error) {
    return { available: false, reason: error instanceof ConvkitError ? error.message : firstLine(error) }
  }
}

function capabilities(backend: Backend, dtype: FloatDType): Capabilities[FloatDType] {
  const layers = kernelNames.filter((layer) => !isFused(layer))
  const native = Object.keys(backend.kernels[dtype] ?? {})
  return { native, missing: layers.filter((layer) => !native.includes(layer)) }
}

function printReport(report: Report): void {
  print(`${report.name}${report.chosen ? ' (chosen)' : ''}`)
  const providers = report.providers ?? []
  const text = said(report)
  // Whose reasons follow, each with its remedy.
  print(`  ${providers.length > 0 ? text.split('\n')[0] : indented(text)}`)
  if (report.available)
    for (const [dtype, { native, missing }] of Object.entries(report.kernels))
      print(
        `  ${dtype}: ${missing.length === 0 ? 'every kernel' : native.length === 0 ? 'no kernels' : `${native.join(', ')}; not ${missing.join(', ')}`}`,
      )
  for (const text of new Set(providers.map(said))) {
    const names = providers.filter((provider) => said(provider) === text).map(({ name }) => name)
    print(`  provider ${names.join(', ')}: ${indented(text)}`)
  }
}

function said(found: Availability<object>): string {
  return found.available ? found.description : `not available: ${found.reason}`
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n    ')
}
