import type { FloatDType } from '@convkit/api'

/** A kernel of assembly/: does the units from `from` to `to` of the call whose parameters stand at `params`. */
export type WasmKernel = (from: number, to: number, thread: number, params: number) => void

export type Modules = { readonly [D in FloatDType]: WebAssembly.Module }
export type Instances = { readonly [D in FloatDType]: WebAssembly.Instance }

const dtypes = ['float32', 'float64'] as const

export function instantiate(modules: Modules, memory: WebAssembly.Memory): Instances {
  const imports = { env: { memory, log: Math.log } }
  return {
    float32: new WebAssembly.Instance(modules.float32, imports),
    float64: new WebAssembly.Instance(modules.float64, imports),
  }
}

/** Every kernel of both modules, in an order that all threads share. */
export function kernelList(modules: Modules, instances: Instances): WasmKernel[] {
  return dtypes.flatMap((dtype) => {
    const { exports } = instances[dtype]
    return kernelNames(modules[dtype]).map((name) => exports[name] as WasmKernel)
  })
}

/** Where the kernels of one dtype stand in `kernelList`. */
export function kernelIndex(modules: Modules, dtype: FloatDType): (name: string) => number {
  const first = dtypes.slice(0, dtypes.indexOf(dtype)).flatMap((before) => kernelNames(modules[before])).length
  const index = new Map(kernelNames(modules[dtype]).map((name, i) => [name, first + i]))
  return (name) => {
    const found = index.get(name)
    if (found === undefined) throw new Error(`wasm: no kernel ${name} for ${dtype}`)
    return found
  }
}

function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name)
}
