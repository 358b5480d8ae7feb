import { ConfigError } from '@convkit/api'
import type { OpenProvider } from '../provider.js'
import { loadWebRuntime } from '../web.js'
import { createWebgpu, noAdapter } from './webgpu.js'

/** What a page may know of its device: https://www.w3.org/TR/webgpu/#gpuadapterinfo */
interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  readonly isFallbackAdapter?: boolean
}

const remedy =
  'it needs a browser with WebGPU on a graphics card (check: chrome://gpu)\nwithout one: provider webgl, or backend wasm'

/** The browser's WebGPU, with onnxruntime's own kernels: those that its older build brings along give wrong results. */
export const openWebgpu: OpenProvider = async ({ wasmUrl }) => {
  const gpu: unknown = 'gpu' in navigator ? navigator.gpu : undefined
  if (!canRequestAdapter(gpu)) throw new ConfigError(`gpu: provider webgpu: this browser has no WebGPU\n${remedy}`)
  // Asked before onnxruntime is, which is large.
  if (!(await gpu.requestAdapter())) throw noAdapter(remedy)
  const runtime = await loadWebRuntime(() => import('onnxruntime-web/webgpu'))
  const { env } = runtime
  if (wasmUrl !== undefined) env.wasm.wasmPaths = folderOf(wasmUrl)
  // Nothing is computed on the processor.
  env.wasm.numThreads = 1
  return createWebgpu(runtime, {
    async describe() {
      const device: unknown = await env.webgpu.device
      const info = hasAdapterInfo(device) ? device.adapterInfo : undefined
      return `onnxruntime-web ${env.versions.web}, WebGPU in a browser, ${adapterName(info)}`
    },
    refusal: notStarted,
  })
}

/** There is an adapter, so its files are missing, or the page forbids WebAssembly. */
function notStarted(cause: unknown): ConfigError {
  return new ConfigError(
    `gpu: provider webgpu: onnxruntime-web did not start: ${String(Object(cause).message ?? cause)}\nthe option wasmUrl says where its folder dist/ is served`,
    { cause },
  )
}

function folderOf(wasmUrl: string | URL): string {
  try {
    return `${new URL(wasmUrl, globalThis.location?.href).href.replace(/\/$/, '')}/`
  } catch (cause) {
    throw new ConfigError(`gpu: wasmUrl must be the URL of a folder, got ${String(wasmUrl)}`, { cause })
  }
}

function canRequestAdapter(gpu: unknown): gpu is { requestAdapter(): Promise<unknown> } {
  return typeof gpu === 'object' && gpu !== null && 'requestAdapter' in gpu
}

/** onnxruntime's own types leave WebGPU's out. */
function hasAdapterInfo(device: unknown): device is { readonly adapterInfo: AdapterInfo | undefined } {
  return typeof device === 'object' && device !== null && 'adapterInfo' in device
}

function adapterName(info: AdapterInfo | undefined): string {
  if (!info) return 'an adapter without a name'
  const name =
    info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'an adapter without a name'
  const software = info.isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${name} ${info.architecture}`)
  return software ? `${name}, a software adapter` : name
}
