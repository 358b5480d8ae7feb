import { type Backend, ConfigError, didYouMean } from '@convkit/api'
import type { GpuOptions } from '@convkit/backend-gpu'
import type { WasmOptions } from '@convkit/backend-wasm'
import { shown } from './config/shown.js'

/** What stands beside `name` in `{ name, ...options }`. */
export type BackendOptions = { readonly [option: string]: unknown }

export interface KnownBackend {
  /** The npm package it comes from. */
  readonly from: string
  /** What its option `provider` may be here, where it has one. */
  readonly providers?: readonly string[]
  /** Whether it has the option `threads`. */
  readonly threads?: true
  create(options: BackendOptions): Promise<Backend>
}

/** What an option may be: the phrase that follows "expected" in what the user reads, and its check. */
interface Rule {
  readonly expected: string
  holds(value: unknown): boolean
}

type Rules<T> = { readonly [K in keyof T]-?: Rule }

const whole = (max: number): Rule => ({
  expected: `a whole number from 1 to ${max}`,
  holds: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max,
})
const switched: Rule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' }

const wasmOptions: Rules<WasmOptions> = {
  threads: whole(128),
  fma: switched,
  winograd: switched,
  memoryLimit: whole(2 ** 32),
  debug: switched,
  wasmUrl: {
    expected: 'a folder or its URL',
    holds: (value) => value instanceof URL || (typeof value === 'string' && value !== ''),
  },
  wasmBinary: {
    expected: "a function from a file's name to its bytes",
    holds: (value) => typeof value === 'function',
  },
}

/** Those that run in Node, in the order in which `auto` tries them. */
const providers = ['cuda', 'webgpu', 'cpu'] as const
export const providerNames = ['auto', ...providers] as const
export type ProviderChoice = (typeof providerNames)[number]
/** `wasmUrl` is for pages. */
const gpuOptions: Rules<Omit<GpuOptions, 'wasmUrl'>> = {
  provider: {
    expected: `one of ${providerNames.join(', ')}`,
    // One of the user's own is an object, which the backend looks at.
    holds: (value) => (typeof value === 'object' && value !== null) || providerNames.some((name) => name === value),
  },
  threads: whole(256),
  stepsPerRun: whole(10_000),
  debug: switched,
  programs: whole(100_000),
  recorded: whole(100_000),
}

/** The backends that have a name of their own, each imported only when it is asked for. */
export const backends: { readonly [name: string]: KnownBackend } = {
  naive: {
    from: '@convkit/backend-naive',
    async create(options) {
      noOptions('naive', options)
      const { createNaive } = await import('@convkit/backend-naive')
      return createNaive()
    },
  },
  wasm: {
    from: '@convkit/backend-wasm',
    threads: true,
    async create(options) {
      const { createWasm } = await import('@convkit/backend-wasm')
      return await createWasm(checkOptions('wasm', wasmOptions, options))
    },
  },
  gpu: {
    from: '@convkit/backend-gpu',
    providers,
    async create(options) {
      const checked = checkOptions('gpu', gpuOptions, options)
      const { createGpu } = await import('@convkit/backend-gpu')
      return await createGpu(checked)
    },
  },
}

function noOptions(name: string, options: BackendOptions): void {
  const [first] = Object.keys(options)
  if (first !== undefined) throw new ConfigError(`backend ${name} takes no options, got ${first}`)
}

function checkOptions<T extends object>(name: string, rules: Rules<T>, options: BackendOptions): T {
  const known: { readonly [option: string]: Rule } = rules
  for (const [key, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, key) ? known[key] : undefined
    const names = Object.keys(known)
    if (!rule)
      throw new ConfigError(
        `backend ${name} has no option ${key}${didYouMean(key, names)} (known: ${names.join(', ')})`,
      )
    if (!rule.holds(value))
      throw new ConfigError(`backend ${name}: expected ${rule.expected} for ${key}, got ${shown(value)}`)
  }
  // Every one has just been checked.
  return options as T
}
