import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Backend, type FloatDType, fusedKernels, signatures } from '@convkit/api'
import { backends } from '../backends.js'
import type { LoadedConfig } from '../config/load.js'
import { loadBackend } from '../createBackend.js'
import { firstLine } from '../loadModule.js'
import { print, printJson } from '../terminal.js'
import { addSettings, readSettings } from './settings.js'

/** What a backend runs itself, per dtype: the layers whose kernels it has, and those it lacks. */
type Capabilities = {
  readonly [D in FloatDType]: { readonly native: readonly string[]; readonly missing: readonly string[] }
}

type Report = { readonly name: string; readonly chosen: boolean } & (
  | { readonly available: true; readonly description: string; readonly kernels: Capabilities }
  | { readonly available: false; readonly reason: string }
)

export function backendsCommand(): CommandUnknownOpts {
  const command = new Command('backends')
    .summary('show the backends and what they run on')
    .description('Show the backends: what each really runs on, what it can do, and why another is not available.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  convkit backends
  convkit backends --backend ./my-backend.js`,
    )
    .action(async ({ json }, self) => {
      const loaded = await readSettings(self)
      const reports = await describeAll(loaded)
      if (json) printJson(reports)
      else for (const report of reports) printReport(report)
      if (reports.some(({ chosen, available }) => chosen && !available)) process.exitCode = 1
    })
  addSettings(command, ['backend'])
  return command
}

async function describeAll({ settings, backendFrom }: LoadedConfig): Promise<Report[]> {
  const chosen = typeof settings.backend === 'string' ? settings.backend : settings.backend.name
  const names = [...new Set([...Object.keys(backends), chosen])]
  return Promise.all(
    names.map(async (name): Promise<Report> => {
      const config = name === chosen ? settings.backend : name
      try {
        const backend = await loadBackend(config, backendFrom)
        const kernels = { float32: capabilities(backend, 'float32'), float64: capabilities(backend, 'float64') }
        const { description } = backend
        await backend.close?.()
        return { name, chosen: name === chosen, available: true, description, kernels }
      } catch (error) {
        return { name, chosen: name === chosen, available: false, reason: firstLine(error) }
      }
    }),
  )
}

function capabilities(backend: Backend, dtype: FloatDType): Capabilities[FloatDType] {
  const layers = Object.keys(signatures).filter((layer) => !fusedKernels.includes(layer))
  const native = Object.keys(backend.kernels[dtype] ?? {})
  return { native, missing: layers.filter((layer) => !native.includes(layer)) }
}

function printReport(report: Report): void {
  print(`${report.name}${report.chosen ? ' (chosen)' : ''}`)
  if (!report.available) {
    print(`  not available: ${report.reason}`)
    return
  }
  print(`  ${report.description}`)
  for (const [dtype, { native, missing }] of Object.entries(report.kernels))
    print(
      `  ${dtype}: ${missing.length === 0 ? 'every kernel' : native.length === 0 ? 'no kernels' : `${native.join(', ')}; not ${missing.join(', ')}`}`,
    )
}
