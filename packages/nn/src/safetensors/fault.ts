import { DataError } from '@convkit/api'

export function fault(what: string, options?: ErrorOptions): DataError {
  return new DataError(`safetensors: ${what}`, options)
}

/** A name from a file, quoted, on one line and not too long for it. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name)
}
