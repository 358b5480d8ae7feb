import { ConfigError } from '@convkit/api'

/** A build of onnxruntime-web, an optional package. Throws `ConfigError`. */
export async function loadWebRuntime<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new ConfigError(
      'gpu: onnxruntime-web is not installed, or its files are not served\nnpm install onnxruntime-web@1',
      {
        cause,
      },
    )
  }
}
