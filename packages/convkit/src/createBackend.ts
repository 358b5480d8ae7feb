import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  allKernels,
  type Backend,
  ConfigError,
  checkOptions,
  didYouMean,
  type FallbackOptions,
  isFused,
  kernelIn,
  kernelNames,
  kernelsOf,
  type OptionNames,
  refuseIn,
  withFallback,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type BackendOptions, backends, type KnownBackend } from './backends.js'
import { numberOf } from './config/number.js'
import { shown } from './config/shown.js'
import { firstLine, loadModule, type ModuleExports } from './loadModule.js'

/**
 * A known name, an npm package, or a path that starts with `./`, `../` or `/`; alone or with options. Options of a known
 * backend can be written behind its name too: `wasm:threads=2,fma=false`.
 */
export type BackendConfig = string | ({ readonly name: string } & BackendOptions)

export interface CreateBackendOptions extends FallbackOptions {
  /** The folder that paths and packages are resolved from; default the working directory. */
  readonly from?: string
  /** For a backend that has threads, where its configuration does not say how many; default: as the backend does. */
  readonly threads?: number
}

const optionNames: OptionNames<CreateBackendOptions> = { from: true, threads: true, strict: true, onFallback: true }

/**
 * Makes a backend from a configuration value. A module of the user's own exports a `Backend` as `backend` or default, or
 * a function `createBackend(options)`; kernels that it lacks run on the naive backend unless `strict` is set.
 * Throws `ConfigError` when there is no such backend, when it is not one, and for an option that does not exist.
 */
export async function createBackend(config: BackendConfig, options: CreateBackendOptions = {}): Promise<Backend> {
  const { from, threads, ...fallback } = checkOptions('createBackend', options, optionNames)
  const backend = await loadBackend(config, from, threads)
  return isComplete(backend) ? backend : withFallback(backend, createNaive(), fallback)
}

/** The backend as its author made it, without a fallback. */
export function loadBackend(config: BackendConfig, from: string = process.cwd(), threads?: number): Promise<Backend> {
  const { name, ...own } = parsed(config)
  const known = knownBackend(name)
  if (!known) return fromModule(name, own, from)
  return fromPackage(name, known, known.threads && threads !== undefined ? { threads, ...own } : own)
}

/** The name alone, of a known backend or of a module. */
export function backendName(config: BackendConfig): string {
  return parsed(config).name
}

/** Whether a backend runs on what the setting `provider` says: it has providers, and its options name none. */
export function takesProvider(config: BackendConfig): boolean {
  const { name, provider } = parsed(config)
  return knownBackend(name)?.providers !== undefined && provider === undefined
}

/** The same backend on this provider; its own one gives way. */
export function withProvider(config: BackendConfig, provider: string | undefined): BackendConfig {
  if (provider === undefined) return config
  const { name, ...own } = parsed(config)
  if (!knownBackend(name)?.providers)
    throw new ConfigError(`provider ${provider}: backend ${name} has no providers; the gpu backend has: --backend gpu`)
  if (typeof config !== 'string') return { ...config, provider }
  // As text, so that it can be typed again.
  const options = Object.entries({ ...own, provider }).map(([key, value]) => `${key}=${value}`)
  return `${name}:${options.join(',')}`
}

function parsed(config: BackendConfig): { readonly name: string } & BackendOptions {
  if (typeof config === 'string') return fromText(config)
  if (typeof config !== 'object' || config === null || typeof config.name !== 'string')
    throw new ConfigError(`backend: expected a name, a package, a ./path or { name, ...options }, got ${shown(config)}`)
  return config
}

/** `wasm:threads=2,fma=false` -> { name: 'wasm', threads: 2, fma: false } */
function fromText(text: string): { readonly name: string } & BackendOptions {
  const [name = '', ...rest] = text.split(':')
  if (rest.length === 0 || !knownBackend(name)) return { name: text }
  const pairs = rest.join(':').split(',')
  const options = pairs.map((pair) => {
    const [, key, value] = /^(\w+)=(.+)$/.exec(pair) ?? []
    if (!key || !value) throw new ConfigError(`backend ${text}: expected option=value after ${name}:, got ${pair}`)
    // What is no number that can be held stays as it was typed.
    const number = numberOf(value) ?? Number.NaN
    return [
      key,
      value === 'true' || value === 'false' ? value === 'true' : Number.isFinite(number) ? number : value,
    ] as const
  })
  const twice = options.find(([key], i) => options.findIndex(([other]) => other === key) !== i)
  if (twice) throw new ConfigError(`backend ${text}: ${twice[0]} is given twice`)
  return { name, ...Object.fromEntries(options) }
}

function knownBackend(name: string): KnownBackend | undefined {
  return Object.hasOwn(backends, name) ? backends[name] : undefined
}

async function fromPackage(name: string, known: KnownBackend, options: BackendOptions): Promise<Backend> {
  try {
    return await known.create(options)
  } catch (error) {
    if (!isModuleNotFound(error)) throw error
    throw new ConfigError(`backend ${name} is not installed: npm install ${known.from}`, { cause: error })
  }
}

function isModuleNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

async function fromModule(name: string, options: BackendOptions, from: string): Promise<Backend> {
  const exports = await loadModule(await locate(name, from, 'backend'))
  const backend = await exported(name, exports, options)
  const wrong = faults(backend)
  if (wrong.length > 0) throw new ConfigError(`backend ${name} is not a backend: ${wrong.join(', ')}`)
  // `faults` has looked at every member that a backend must have.
  return backend as Backend
}

/** The file of a module that is named by a path or as a package; `what` it is to be stands in the error. */
export async function locate(name: string, from: string, what: 'backend' | 'peers'): Promise<string> {
  if (/^\.{1,2}[\\/]/.test(name) || isAbsolute(name)) {
    const path = resolve(from, name)
    if (!existsSync(path)) throw new ConfigError(`${what} ${name}: there is no file ${path}`)
    return path
  }
  const parent = pathToFileURL(join(from, 'convkit.config.js')).href
  // Loaded when it is needed: it takes longer than all else.
  const { createJiti } = await import('jiti')
  const found = createJiti(parent).esmResolve(name, { parentURL: parent, try: true })
  const path = found?.startsWith('file:') ? fileURLToPath(found) : found
  const local = join(from, name)
  // A bare file name resolves too, but only a path with its dot says that a file is meant.
  if (path && path !== local && !path.startsWith(local + sep)) return path
  const names = what === 'backend' ? Object.keys(backends) : []
  const hint = existsSync(local) ? `; for the file write ./${name}` : didYouMean(name, names)
  throw new ConfigError(
    `${what} ${name} is unknown${hint} (${names.length > 0 ? `known: ${names.join(', ')}; otherwise ` : 'expected '}an installed npm package or a path that starts with ./)`,
  )
}

async function exported(name: string, exports: ModuleExports, options: BackendOptions): Promise<unknown> {
  if (typeof exports.createBackend !== 'function') {
    const backend = exports.backend ?? exports.default
    if (backend === undefined)
      throw new ConfigError(
        `backend ${name}: the module must export a backend as default or as \`backend\`, or a function \`createBackend\`; it exports ${Object.keys(exports).join(', ') || 'nothing'}`,
      )
    return backend
  }
  try {
    return await exports.createBackend(options)
  } catch (error) {
    throw new ConfigError(`backend ${name}: createBackend failed: ${firstLine(error)}`, { cause: error })
  }
}

/** What keeps a value from being a backend, in words. */
function faults(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`it is ${value === null ? 'null' : `a ${typeof value}`}`]
  const members: ModuleExports = Object.fromEntries(
    ['name', 'description', 'alloc', 'free', 'write', 'read', 'kernels'].map((key) => [key, Reflect.get(value, key)]),
  )
  const wanted = {
    name: 'string',
    description: 'string',
    alloc: 'function',
    free: 'function',
    write: 'function',
    read: 'function',
    kernels: 'object',
  }
  const wrong = Object.entries(wanted)
    .filter(([key, type]) => typeof members[key] !== type || members[key] === null)
    .map(([key, type]) => `${members[key] === undefined ? 'missing' : 'wrong'} ${key} (${type})`)
  return wrong.length > 0 ? wrong : strangeKernels(Object(members.kernels))
}

/** A misspelt layer would silently fall back. */
function strangeKernels(kernels: object): string[] {
  const wrong: string[] = []
  for (const [dtype, tables] of Object.entries(kernels)) {
    if (dtype !== 'float32' && dtype !== 'float64') {
      wrong.push(`kernels.${dtype} is no dtype${didYouMean(dtype, ['float32', 'float64'])}`)
      continue
    }
    for (const [layer, table] of Object.entries(Object(tables))) {
      const methods = kernelsOf(layer).map(({ method }) => method)
      if (methods.length === 0) wrong.push(`kernels.${dtype}.${layer} is no layer${didYouMean(layer, kernelNames)}`)
      else
        for (const method of Object.keys(Object(table)))
          if (method !== 'unsupported' && !methods.includes(method))
            wrong.push(`kernels.${dtype}.${layer}.${method} is no kernel${didYouMean(method, methods)}`)
    }
  }
  return wrong
}

/** Every kernel is there and none ever refuses. */
function isComplete(backend: Backend): boolean {
  return (['float32', 'float64'] as const).every((dtype) =>
    allKernels
      .filter(({ layer }) => !isFused(layer))
      .every(
        ({ layer, method }) =>
          kernelIn(backend.kernels[dtype], layer, method) && !refuseIn(backend.kernels[dtype], layer),
      ),
  )
}
