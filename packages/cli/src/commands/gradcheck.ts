import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError, didYouMean } from '@convkit/api'
import { backendName } from 'convkit/internal'
import colors from 'picocolors'
import type { LoadedConfig } from '../config/load.js'
import { type GradientCheck, gradcheck, gradcheckLayers } from '../gradcheck.js'
import { print, printJson, table } from '../terminal.js'
import { addSettings, count, openBackend, readSettings } from './settings.js'

const defaultRuns = 20

/** The command that shrinks what is wrong. */
function again({ settings: { backend } }: LoadedConfig, seed: number): string {
  const name = typeof backend === 'string' ? backend : backendName(backend)
  return `convkit conformance ${name} --only '*/numeric-gradient' --seed ${seed}`
}

export function gradcheckCommand(): CommandUnknownOpts {
  const command = new Command('gradcheck')
    .summary('check every gradient numerically')
    .description(
      "Check the backward pass of every layer against central differences of its own forward pass: the conformance suite's law, on the suite's random cases. Each line shows the error that comes closest to its derived bound, both relative to the gradient.",
    )
    .option('--layer <name>', `only this layer: ${gradcheckLayers.join(', ')}`)
    .option('--runs <n>', `random cases a layer (default: ${defaultRuns})`, count('--runs', 1_000_000))
    .addOption(
      new Option('--dtype <name>', 'number type').choices(['float32', 'float64'] as const).default('float64' as const),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exits with 1 when a gradient is wrong.

Examples:
  convkit gradcheck
  convkit gradcheck --backend ./my-backend.js --layer conv2d --strict
  convkit gradcheck --backend gpu --dtype float32`,
    )
    .action(async ({ layer, runs = defaultRuns, dtype, json }, self) => {
      if (layer !== undefined && !gradcheckLayers.includes(layer))
        throw new ConfigError(
          `--layer: expected one of ${gradcheckLayers.join(', ')}, got ${layer}${didYouMean(layer, gradcheckLayers)}`,
        )
      const loaded = await readSettings(self)
      const backend = await openBackend(loaded)
      const results: GradientCheck[] = []
      for (const name of layer === undefined ? gradcheckLayers : [layer])
        results.push(...(await gradcheck(backend, name, { seed: loaded.settings.seed, runs, dtype })))
      const failed = results.filter(({ pass }) => !pass)
      const { seed } = loaded.settings
      if (json) printJson({ backend: backend.name, dtype, seed, pass: failed.length === 0, results })
      else {
        const rows = results.map(({ layer, variant, gradient, error, bound, pass }) => [
          variant === null ? layer : `${layer} (${variant})`,
          gradient,
          error.toExponential(2),
          bound.toExponential(2),
          pass ? colors.green('ok') : colors.red('WRONG'),
        ])
        print(table(['layer', 'gradient', 'error', 'bound', ''], rows))
        print()
        if (failed.length === 0) print(`all ${results.length} gradients are right on ${backend.name}`)
        else {
          print(`${failed.length} of ${results.length} gradients are wrong on ${backend.name}`)
          print(`their smallest cases: ${again(loaded, seed)}`)
        }
      }
      await backend.close?.()
      if (failed.length > 0) process.exitCode = 1
    })
  addSettings(command, ['backend', 'provider', 'strict', 'seed'])
  return command
}
