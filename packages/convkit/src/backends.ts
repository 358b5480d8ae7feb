import type { Backend } from '@convkit/api'
import { ConfigError, didYouMean } from '@convkit/api'
import type { WasmOptions } from '@convkit/backend-wasm'
import { z } from 'zod'
import { shown } from './config/number.js'

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

type WasmBinary = NonNullable<WasmOptions['wasmBinary']>

const whole = (max: number) => {
  const error = `a whole number from 1 to ${max}`
  return z.int(error).min(1, error).max(max, error).exactOptional()
}
const yesOrNo = 'true or false'
const wasmOptions = z.strictObject({
  threads: whole(128),
  fma: z.boolean(yesOrNo).exactOptional(),
  winograd: z.boolean(yesOrNo).exactOptional(),
  memoryLimit: whole(2 ** 32),
  debug: z.boolean(yesOrNo).exactOptional(),
  wasmUrl: z.union([z.string().min(1), z.instanceof(URL)], 'a folder or its URL').exactOptional(),
  wasmBinary: z
    .custom<WasmBinary>((value) => typeof value === 'function', "a function from a file's name to its bytes")
    .exactOptional(),
})

/** Those that run in Node, in the order in which `auto` tries them. */
const providers = ['cuda', 'webgpu', 'cpu'] as const
export const providerNames = ['auto', ...providers] as const
const gpuOptions = z.strictObject({
  provider: z.enum(providerNames, `one of ${providerNames.join(', ')}`).exactOptional(),
  threads: whole(256),
  stepsPerRun: whole(10_000),
  debug: z.boolean(yesOrNo).exactOptional(),
  programs: whole(100_000),
  recorded: whole(100_000),
})

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

function checkOptions<T extends z.ZodObject>(name: string, schema: T, options: BackendOptions): z.output<T> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    const [key = ''] = issue.keys
    throw new ConfigError(`backend ${name} has no option ${key}${didYouMean(key, known)} (known: ${known.join(', ')})`)
  }
  const key = String(issue?.path[0])
  throw new ConfigError(`backend ${name}: expected ${issue?.message} for ${key}, got ${shown(options[key])}`)
}
