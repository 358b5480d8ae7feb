import { ConfigError } from '@convkit/api'

type OnnxruntimeNode = typeof import('onnxruntime-node')

/** onnxruntime-node, an optional package: loaded when a provider in Node is first opened. Throws `ConfigError`. */
export async function loadRuntime(): Promise<{ readonly runtime: OnnxruntimeNode; readonly version: string }> {
  // It sends events to its maker, and keeps them under the cache folder until then, unless told not to before it loads.
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  try {
    const runtime = await import('onnxruntime-node')
    return { runtime, version: runtime.env.versions.node ?? runtime.env.versions.common }
  } catch (cause) {
    throw new ConfigError(`gpu: onnxruntime-node is not installed\n${installation()}`, { cause })
  }
}

/** On one platform the package's install script downloads CUDA's libraries, unless it is told not to. */
function installation(): string {
  const { platform, arch } = process
  const skip = platform === 'linux' && arch === 'x64' ? 'ONNXRUNTIME_NODE_INSTALL=skip ' : ''
  return `${skip}npm install onnxruntime-node@1`
}
