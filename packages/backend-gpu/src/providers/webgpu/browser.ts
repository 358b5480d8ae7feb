import { ConfigError } from '@convkit/api'
import type { OpenProvider } from '../provider.js'
import { loadWebRuntime } from '../web.js'
import { createWebgpu } from './webgpu.js'

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
export const openWebgpu: OpenProvider = async () => {
  if (!('gpu' in navigator)) throw new ConfigError(`gpu: provider webgpu: this browser has no WebGPU\n${remedy}`)
  const runtime = await loadWebRuntime(() => import('onnxruntime-web/webgpu'))
  const { env } = runtime
  // Nothing is computed on the processor.
  env.wasm.numThreads = 1
  return createWebgpu(runtime, {
    async describe() {
      const device: unknown = await env.webgpu.device
      const info = hasAdapterInfo(device) ? device.adapterInfo : undefined
      return `onnxruntime-web ${env.versions.web}, WebGPU in a browser, ${adapterName(info)}`
    },
    remedy,
  })
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
