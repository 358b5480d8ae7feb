import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** The folder of the package onnxruntime-node that this one loads. */
export function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
}

/** What onnxruntime loads for CUDA. It is too large for the npm registry: the package's install script downloads it. */
export function cudaLibrary(folder: string): string {
  const [binding = 'napi-v6'] = readdirSync(join(folder, 'bin')).filter((name) => name.startsWith('napi-'))
  return join(folder, 'bin', binding, 'linux', 'x64', 'libonnxruntime_providers_cuda.so')
}

/** The libraries that another one needs and the dynamic linker does not find; none where `ldd` is not there to ask. */
export function missingLibraries(library: string): string[] {
  const { stdout } = spawnSync('ldd', [library], { encoding: 'utf8' })
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name)
}

/** Whether the kernel has NVIDIA's driver, or Windows lends its own (WSL 2). */
export function hasDriver(): boolean {
  return ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path))
}

/** The cards that the driver names, and its version. */
export function cards(driver = '/proc/driver/nvidia'): string {
  if (!existsSync(join(driver, 'version'))) return 'device 0'
  const models = readdirSync(join(driver, 'gpus')).map((bus) => {
    const [, model] = /^Model:\s*(.+)$/m.exec(readFileSync(join(driver, 'gpus', bus, 'information'), 'utf8')) ?? []
    return model?.trim() ?? bus
  })
  const [, version = 'of unknown version'] =
    / {2}(\d+(?:\.\d+)+) {2}/.exec(readFileSync(join(driver, 'version'), 'utf8')) ?? []
  return `${models.length === 1 ? models[0] : `device 0 of ${models.join(', ')}`}, driver ${version}`
}

/** How to get what is missing: onnxruntime's library itself where it is not there, and what that needs. */
export function remedy(folder: string, library: string): string {
  const [script, path] = [join(folder, 'script', 'install.js'), library].map((file) => relative(process.cwd(), file))
  return [
    ...(existsSync(library) ? [] : [`install it from nuget.org: node ${script} --onnxruntime-node-install`]),
    `it needs NVIDIA's driver (check: nvidia-smi), CUDA's libraries and cuDNN 9 (check: ldd ${path} | grep 'not found')`,
    'without such a card: provider webgpu for another one, cpu for none',
  ].join('\n')
}
