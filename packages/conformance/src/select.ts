import { ConfigError, type FloatDType } from '@convkit/api'
import type { Check } from './core/check.js'

export type CheckInfo = Pick<Check, 'id' | 'layer' | 'law' | 'dtype' | 'says'>

export interface Selection {
  /** Exact ids, the beginnings of ids up to a slash, or patterns with `*`. */
  readonly only?: readonly string[]
  readonly layer?: readonly string[]
  readonly dtype?: FloatDType
  /** Only these cases, as a failure names them: `3`, `0-11` or `3:0:1`, several with commas between. */
  readonly path?: string
  /**
   * These checks and cases in a row on one backend, instead of all that; what comes of the last is reported. As a failure
   * names them: `relu/forward/float32@0-11+conv2d/adjoint/float32@3:0:1`.
   */
  readonly replay?: string
}

/** What storage is held to where a backend's `kernels` name no dtype: what training on the fallback needs. */
const withoutKernels: FloatDType = 'float32'

/**
 * The checks that are specified for `dtypes`, of those asked for. Throws `ConfigError` where nothing has such a name, and
 * where no check is left.
 */
export function select<C extends CheckInfo>(
  suite: readonly C[],
  dtypes: readonly FloatDType[],
  selection: Selection,
): C[] {
  const { only = [], layer = [], dtype } = selection
  for (const pattern of only)
    if (!suite.some(({ id }) => matches(id, pattern))) throw new ConfigError(`--only: no check is named ${pattern}`)
  const layers = [...new Set(suite.map((check) => check.layer))]
  for (const name of layer)
    if (!layers.includes(name)) throw new ConfigError(`--layer: expected one of ${layers.join(', ')}, got ${name}`)
  const asked = suite.filter(
    (check) =>
      (only.length === 0 || only.some((pattern) => matches(check.id, pattern))) &&
      (layer.length === 0 || layer.includes(check.layer)) &&
      (dtype === undefined || check.dtype === dtype),
  )
  const chosen = asked.filter((check) => isSpecified(check, dtypes, dtype))
  if (chosen.length > 0) return chosen
  const what = selectionText(selection) || 'nothing asked for'
  if (asked.length === 0) throw new ConfigError(`${what}: no check is all of that`)
  const own = dtypes.length > 0 ? `kernels of ${dtypes.join(' and ')} alone` : 'no kernels at all'
  throw new ConfigError(`${what}: no check is left, since the backend has ${own}`)
}

/** As one would type it: `--layer relu --dtype float32`. */
export function selectionText({ only = [], layer = [], dtype, path, replay }: Selection): string {
  if (replay !== undefined) return `--replay ${replay}`
  const options = [
    ...only.map((pattern) => `--only ${pattern.includes('*') ? `'${pattern}'` : pattern}`),
    ...layer.map((name) => `--layer ${name}`),
    ...(dtype === undefined ? [] : [`--dtype ${dtype}`]),
    ...(path === undefined ? [] : [`--path ${path}`]),
  ]
  return options.join(' ')
}

/** Labels are int32 beside either float dtype. Without kernels there is storage all the same. */
function isSpecified({ layer, dtype }: CheckInfo, dtypes: readonly FloatDType[], asked?: FloatDType): boolean {
  if (dtypes.length === 0) return layer === 'backend' && [asked ?? withoutKernels, 'int32'].includes(dtype)
  return dtype === 'int32' || dtypes.includes(dtype)
}

function matches(id: string, pattern: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}(/|$)`).test(id)
}
