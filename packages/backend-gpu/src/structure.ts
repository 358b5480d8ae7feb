import type { Call, Step } from './call.js'
import type { Version } from './version.js'

export interface Structure {
  /** The same for steps that are drawn alike: calls, dims, and which value goes where. */
  readonly key: string
  /** Every value of the step, in the order in which its calls first name it. */
  readonly versions: readonly Version[]
  /** Scalars: calls of one method that have equal ones share them. */
  readonly groups: readonly object[]
  readonly groupOf: ReadonlyMap<Call, number>
}

export function keyOf(step: Step): Structure {
  const ids = new Map<Version, number>()
  const idOf = (version: Version | null | undefined): string => {
    if (!version) return ''
    const id = ids.get(version) ?? ids.size
    ids.set(version, id)
    return `${id}`
  }
  const known = new Map<string, number>()
  const groups: object[] = []
  const groupOf = new Map<Call, number>()
  const parts: string[] = []
  for (const call of step) {
    const args = call.args.map((arg) => `${idOf(arg?.reads)}>${idOf(arg?.writes)}`)
    parts.push(`${call.label}${JSON.stringify(call.d)}(${args})`)
    if (!call.scalars) continue
    // Not as JSON, which has no infinities.
    const key = `${call.label} ${Object.entries(call.scalars)}`
    const group = known.get(key) ?? groups.length
    if (group === groups.length) groups.push(call.scalars)
    known.set(key, group)
    groupOf.set(call, group)
    parts.push(`${group}`)
  }
  return { key: parts.join(';'), versions: [...ids.keys()], groups, groupOf }
}
