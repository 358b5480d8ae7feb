import { ConfigError } from '@convkit/api'

/** Errors: `ConfigError` that names the file and where it is no JSON. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}
