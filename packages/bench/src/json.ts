import { ConfigError } from '@convkit/api'
import { z } from 'zod'

/** Errors: `ConfigError` that names the file and where it is no JSON. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** The value as the schema has it; throws `ConfigError` that names the file and the first thing that is wrong with it. */
export function checked<T>(schema: z.ZodType<T>, file: string, value: unknown): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [first] = error.issues
  const path = z.core.toDotPath(first?.path ?? [])
  throw new ConfigError(`${file}: ${path ? `${path}: ` : ''}${first?.message}`)
}
