import { DataError } from '@convkit/api'
import { cut } from '../cut.js'

export function fault(what: string, options?: ErrorOptions): DataError {
  return new DataError(`safetensors: ${what}`, options)
}

/** A name from a file. */
export function quoted(name: string): string {
  return JSON.stringify(cut(name))
}
