import { readFileSync } from 'node:fs'

/** Vulkan's drivers by their libraries; those in software have no GPU behind them. */
const drivers: readonly (readonly [library: string, name: string])[] = [
  ['libvk_swiftshader', 'SwiftShader, a software adapter'],
  ['libvulkan_lvp', 'llvmpipe, a software adapter'],
  ['libGLX_nvidia', 'NVIDIA'],
  ['libvulkan_radeon', 'AMD (RADV)'],
  ['amdvlk', 'AMD (AMDVLK)'],
  ['libvulkan_intel', 'Intel (ANV)'],
  ['libvulkan_nouveau', 'NVIDIA (NVK)'],
]

/**
 * The adapter behind a WebGPU device of this process. onnxruntime-node does not name it; on Linux the drivers that are
 * loaded do.
 */
export function adapterInUse(): string {
  if (process.platform !== 'linux') return 'the default adapter'
  const maps = readFileSync('/proc/self/maps', 'utf8')
  const loaded = drivers.filter(([library]) => maps.includes(library)).map(([, name]) => name)
  return loaded.length === 1 ? `Vulkan driver ${loaded[0]}` : `the default adapter of ${loaded.join(', ') || 'Vulkan'}`
}
