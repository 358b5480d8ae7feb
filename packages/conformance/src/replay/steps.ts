import { ConfigError } from '@convkit/api'
import { casesIn } from '../core/paths.js'

/** A check as it runs by itself, or some of its cases. */
export interface Step {
  /** Exact. */
  readonly id: string
  /** As `casesIn` reads them; null is the whole check, with its search for a smaller case. */
  readonly cases: string | null
}

/** Steps as the command's `--replay` takes them: `relu/forward/float32@0-11+conv2d/adjoint/float32@3:0:1`. */
export function stepsText(steps: readonly Step[]): string {
  const escaped = (id: string) => id.replaceAll(/[%+@]/g, (character) => encodeURIComponent(character))
  return steps.map(({ id, cases }) => escaped(id) + (cases === null ? '' : `@${cases}`)).join('+')
}

/** Throws `ConfigError` where a check has no name or cases cannot be read. */
export function stepsIn(text: string): Step[] {
  return text.split('+').map((part) => {
    const [id, cases = null, ...rest] = part.split('@')
    if (id === '' || rest.length > 0) throw new ConfigError(`--replay: expected check@cases, got ${part || 'nothing'}`)
    if (cases !== null) casesIn(cases)
    return { id: decodeURIComponent(id), cases }
  })
}
