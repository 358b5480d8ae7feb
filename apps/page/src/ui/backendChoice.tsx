import { useEffect, useState } from 'preact/hooks'
import type { BackendEntry } from '../backends.js'

export interface BackendChoiceProps {
  readonly entry: BackendEntry
  readonly checked: boolean
  readonly onChange: (on: boolean) => void
}

/** A backend to tick, or why it cannot be. */
export function BackendChoice({ entry, checked, onChange }: BackendChoiceProps) {
  const [reason, setReason] = useState<string | null>(null)
  useEffect(() => void entry.unavailable().then(setReason), [entry])
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked && !reason}
        disabled={reason !== null}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>
        <b>{entry.title}</b> <span class="quiet">{reason ? `not here: ${reason}` : entry.says}</span>
      </span>
    </label>
  )
}

export function toggled<T>(set: ReadonlySet<T>, item: T, on: boolean): ReadonlySet<T> {
  const next = new Set(set)
  if (on) next.add(item)
  else next.delete(item)
  return next
}
