import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { ConfigError } from '@convkit/api'
import colors from 'picocolors'
import { type GradientCheck, gradcheck, gradcheckLayers } from '../gradcheck.js'
import { didYouMean } from '../nearest.js'
import { print, printJson, table } from '../terminal.js'
import { addSettings, openBackend, readSettings } from './settings.js'

export function gradcheckCommand(): CommandUnknownOpts {
  const command = new Command('gradcheck')
    .summary('check every gradient numerically')
    .description(
      'Check the backward pass of every layer against central differences, in float64 on small random shapes. The error is the largest difference over the largest gradient.',
    )
    .option('--layer <name>', `only this layer: ${gradcheckLayers.join(', ')}`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exits with 1 when a gradient is wrong.

Examples:
  convkit gradcheck
  convkit gradcheck --backend ./my-backend.js --layer conv2d --strict`,
    )
    .action(async ({ layer, json }, self) => {
      if (layer !== undefined && !gradcheckLayers.includes(layer))
        throw new ConfigError(
          `--layer: expected one of ${gradcheckLayers.join(', ')}, got ${layer}${didYouMean(layer, gradcheckLayers)}`,
        )
      const loaded = await readSettings(self)
      const backend = await openBackend(loaded)
      const results: GradientCheck[] = []
      for (const name of layer === undefined ? gradcheckLayers : [layer])
        results.push(...(await gradcheck(backend, name, loaded.settings.seed)))
      const failed = results.filter(({ pass }) => !pass)
      if (json) printJson({ backend: backend.name, seed: loaded.settings.seed, pass: failed.length === 0, results })
      else {
        const rows = results.map(({ layer, variant, gradient, error, pass }) => [
          variant === null ? layer : `${layer} (${variant})`,
          gradient,
          error.toExponential(2),
          pass ? colors.green('ok') : colors.red('WRONG'),
        ])
        print(table(['layer', 'gradient', 'error', ''], rows))
        print()
        print(
          failed.length === 0
            ? `all ${results.length} gradients are right on ${backend.name}`
            : `${failed.length} of ${results.length} gradients are wrong on ${backend.name}`,
        )
      }
      await backend.close?.()
      if (failed.length > 0) process.exitCode = 1
    })
  addSettings(command, ['backend', 'provider', 'strict', 'seed'])
  return command
}
