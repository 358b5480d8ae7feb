import { ConfigError } from '@convkit/api'
import { readWholeFile, reasonOf } from '@convkit/files'
import { firstLine } from 'convkit/internal'

/** A file that the command line names. Throws `ConfigError`. */
export async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readWholeFile(path))
  } catch (cause) {
    throw new ConfigError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

/** The same as JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(`${path}: not valid JSON: ${firstLine(cause)}`, { cause })
  }
}
