import { ConfigError } from '@convkit/api'
import { platform } from '#platform'
import { type ModuleName, moduleUrls } from './variant.js'

/** The bytes of a file of the folder `wasm/`, by its name. */
export type WasmBinary = (file: string) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>

/** The modules and the workers' script: this package's own, those of a folder elsewhere, or bytes from the caller. */
export interface WasmFiles {
  module(name: ModuleName): Promise<Uint8Array<ArrayBuffer>>
  /** Where the workers' script is, or null for the package's own. */
  script(): Promise<URL | null>
}

export const ownFiles: WasmFiles = {
  module: (name) => fetched(`${name}.wasm`, () => moduleUrls[name]()),
  script: async () => null,
}

/** Throws `ConfigError` for options that say neither. */
export function filesOf(wasmUrl: string | URL | undefined, wasmBinary: WasmBinary | undefined): WasmFiles {
  if (wasmUrl !== undefined && wasmBinary !== undefined)
    throw new ConfigError('wasm: wasmUrl and wasmBinary both say where the modules are; give one of them')
  if (wasmBinary !== undefined) {
    if (typeof wasmBinary !== 'function')
      throw new ConfigError(
        `wasm: wasmBinary must be a function from a file's name to its bytes, got ${typeof wasmBinary}`,
      )
    return {
      module: async (name) =>
        checked(`wasmBinary's ${name}.wasm`, await bytesOf(wasmBinary, `${name}.wasm`), whereItIs),
      script: async () => platform.script(await bytesOf(wasmBinary, platform.scriptName)),
    }
  }
  if (wasmUrl === undefined) return ownFiles
  const folder = folderOf(wasmUrl)
  return {
    module: (name) => fetched(`${name}.wasm`, () => new URL(`${name}.wasm`, folder)),
    script: async () => new URL(platform.scriptName, folder),
  }
}

function folderOf(wasmUrl: string | URL): URL {
  try {
    return platform.folder(wasmUrl)
  } catch (cause) {
    throw new ConfigError(`wasm: wasmUrl must be the URL of a folder, got ${String(wasmUrl)}`, { cause })
  }
}

const whereItIs = 'the file is in the folder wasm/ of @convkit/backend-wasm'

async function bytesOf(wasmBinary: WasmBinary, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const given: unknown = await wasmBinary(file)
  if (ArrayBuffer.isView(given))
    return Uint8Array.from(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
  // By its tag, since it may be of another realm.
  if (Object.prototype.toString.call(given) === '[object ArrayBuffer]') return new Uint8Array(given as ArrayBuffer)
  throw new ConfigError(
    `wasm: expected the bytes of ${file} from wasmBinary, a Uint8Array or an ArrayBuffer, got ${Object.prototype.toString.call(given)}; ${whereItIs}`,
  )
}

const remedy = 'the option wasmUrl says where the folder wasm/ of @convkit/backend-wasm is'

async function fetched(file: string, place: () => URL): Promise<Uint8Array<ArrayBuffer>> {
  let url: URL | undefined
  try {
    url = place()
    return checked(String(url), await platform.load(url), remedy)
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    // A bundle in an older format has no address of its own.
    const what = url ?? `${file}, since this bundle does not know its own address`
    throw new ConfigError(`wasm: cannot load ${what}: ${String(Object(cause).message ?? cause)}; ${remedy}`, { cause })
  }
}

/** Servers answer with a page where there is no such file. */
function checked(source: string, bytes: Uint8Array<ArrayBuffer>, advice: string): Uint8Array<ArrayBuffer> {
  if ([0, 0x61, 0x73, 0x6d].every((byte, i) => bytes[i] === byte)) return bytes
  const start = JSON.stringify(String.fromCharCode(...bytes.subarray(0, 16)))
  throw new ConfigError(`wasm: ${source} is no WebAssembly module: it begins with ${start}; ${advice}`)
}
