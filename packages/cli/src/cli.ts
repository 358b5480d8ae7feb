import { Command, CommanderError, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings'
import { ConfigError } from '@convkit/api'
import { asTyped } from 'convkit/internal'
import { exitCodeOf, printError, ToldElsewhere, usageError } from './reportError.js'
import { note } from './terminal.js'
import { version } from './version.js'

/** Loaded when asked for, so that no command waits for the libraries of another. */
const commands: { readonly [name: string]: () => Promise<CommandUnknownOpts> } = {
  notebook: async () => (await import('./commands/notebook.js')).notebookCommand(),
  train: async () => (await import('./commands/train.js')).trainCommand(),
  recipes: async () => (await import('./commands/recipes.js')).recipesCommand(),
  predict: async () => (await import('./commands/predict.js')).predictCommand(),
  evaluate: async () => (await import('./commands/evaluate.js')).evaluateCommand(),
  export: async () => (await import('./commands/export.js')).exportCommand(),
  data: async () => (await import('./commands/data.js')).dataCommand(),
  filter: async () => (await import('./commands/filter.js')).filterCommand(),
  gradcheck: async () => (await import('./commands/gradcheck.js')).gradcheckCommand(),
  conformance: async () => (await import('./commands/conformance.js')).conformanceCommand(),
  'new-backend': async () => (await import('./commands/newBackend.js')).newBackendCommand(),
  bench: async () => (await import('./commands/bench.js')).benchCommand(),
  backends: async () => (await import('./commands/backends.js')).backendsCommand(),
}

/** Runs the command line `args` and leaves its exit code in `process.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  const program = await createProgram(args)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error, args.includes('--debug') || Boolean(process.env.CONVKIT_DEBUG))
  }
}

async function createProgram(args: readonly string[]): Promise<CommandUnknownOpts> {
  const program = new Command('convkit')
    .description('Train small convolutional networks on pluggable backends.')
    .version(version(), '--version')
    .option('--debug', 'show the stack of an error (also: CONVKIT_DEBUG=1)')
    .addHelpText(
      'after',
      `
Settings come from convkit.config.ts, .mts, .js, .mjs or .json, then from the environment (batchSize is
CONVKIT_BATCH_SIZE), then from flags (--batch-size); the later one wins. The file is looked for from here up to the root of
the project (.git, or else the outermost package.json). It is code, and is run; \`data\` runs none.

Examples:
  convkit notebook --quick
  convkit train --epochs 1 --train 5000 --checkpoint run.safetensors`,
    )
  const asked = args.filter((arg) => Object.hasOwn(commands, arg))
  for (const name of asked.length > 0 ? new Set(asked) : Object.keys(commands)) {
    const command = await commands[name]?.()
    if (command) program.addCommand(command)
  }
  prepare(program)
  program.hook('preAction', (_, command) => {
    if (command.args.includes('')) throw new ConfigError(`${command.name()}: expected no empty argument, got ""`)
  })
  return program
}

/** Usage errors become exceptions with one line each, in every command. */
function prepare(command: CommandUnknownOpts): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/^error: /, 'convkit: ')
          .replaceAll(/\s*\n\s*/g, ' ')}\n`,
      ),
  })
  for (const option of command.options) checkValues(command, option)
  for (const child of command.commands) prepare(child)
}

/** A flag that takes a value gets one; where it gets two, the last one does not win in silence. */
function checkValues(command: CommandUnknownOpts, option: Option): void {
  const flag = option.long ?? option.flags
  let earlier: string | undefined
  command.on(`option:${option.name()}`, (value: string | null) => {
    if (typeof value !== 'string') return
    if (value === '') throw new ConfigError(`${flag}: expected a value, got ""`)
    // Lists take each.
    if (Array.isArray(command.getOptionValue(option.attributeName()))) return
    if (earlier !== undefined && earlier !== value)
      note(`${flag} ${asTyped(earlier)} does nothing here: ${asTyped(value)} comes after it`)
    earlier = value
  })
}

function report(error: unknown, debug: boolean): number {
  // Commander has already said what was wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageError
  if (error instanceof ToldElsewhere) return error.exitCode
  printError(error, debug)
  return exitCodeOf(error)
}
