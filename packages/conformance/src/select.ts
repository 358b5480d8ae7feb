import { ConfigError, type FloatDType } from '@convkit/api'
import type { Check } from './core/check.js'

export type CheckInfo = Pick<Check, 'id' | 'layer' | 'law' | 'dtype' | 'says'>

export interface Selection {
  /** Exact ids, the beginnings of ids up to a slash, or patterns with `*`. */
  readonly only?: readonly string[]
  readonly layer?: readonly string[]
  readonly dtype?: FloatDType
}

/** The checks that are specified for `dtypes`, of those asked for. Throws `ConfigError` where nothing has such a name. */
export function select<C extends CheckInfo>(
  suite: readonly C[],
  dtypes: readonly FloatDType[],
  { only = [], layer = [], dtype }: Selection,
): C[] {
  for (const pattern of only)
    if (!suite.some(({ id }) => matches(id, pattern))) throw new ConfigError(`--only: no check is named ${pattern}`)
  const layers = [...new Set(suite.map((check) => check.layer))]
  for (const name of layer)
    if (!layers.includes(name)) throw new ConfigError(`--layer: expected one of ${layers.join(', ')}, got ${name}`)
  return suite.filter(
    (check) =>
      isSpecified(check, dtypes) &&
      (only.length === 0 || only.some((pattern) => matches(check.id, pattern))) &&
      (layer.length === 0 || layer.includes(check.layer)) &&
      (dtype === undefined || check.dtype === dtype),
  )
}

/** Labels are int32 beside either float dtype. */
function isSpecified({ dtype }: CheckInfo, dtypes: readonly FloatDType[]): boolean {
  return dtype === 'int32' ? dtypes.length > 0 : dtypes.includes(dtype)
}

function matches(id: string, pattern: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}(/|$)`).test(id)
}
