import { isMainThread } from 'node:worker_threads'
import { ConfigError } from '@convkit/api'

type OnnxruntimeNode = typeof import('onnxruntime-node')

/** onnxruntime-node, an optional package: loaded when a provider in Node is first opened. Throws `ConfigError`. */
export async function loadRuntime(): Promise<{ readonly runtime: OnnxruntimeNode; readonly version: string }> {
  disableTelemetry()
  try {
    const runtime = await import('onnxruntime-node')
    return { runtime, version: runtime.env.versions.node ?? runtime.env.versions.common }
  } catch (cause) {
    throw new ConfigError(`gpu: onnxruntime-node is not installed\n${installation()}`, { cause })
  }
}

/**
 * It sends events to its maker, and keeps them under the cache folder until then, unless told not to before its first
 * session. A thread's variables are a copy, which the library does not see.
 */
function disableTelemetry(): void {
  if (process.env.ORT_DISABLE_TELEMETRY) return
  if (!isMainThread)
    throw new ConfigError(
      "gpu: onnxruntime's telemetry cannot be switched off from a worker thread; set ORT_DISABLE_TELEMETRY=1 before the process or the thread starts, or 0 to let it run",
    )
  process.env.ORT_DISABLE_TELEMETRY = '1'
}

/** On one platform the package's install script downloads CUDA's libraries, unless it is told not to. */
function installation(): string {
  const { platform, arch } = process
  const skip = platform === 'linux' && arch === 'x64' ? 'ONNXRUNTIME_NODE_INSTALL=skip ' : ''
  return `${skip}npm install onnxruntime-node@1`
}
