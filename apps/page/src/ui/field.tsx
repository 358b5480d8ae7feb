import type { ComponentChildren } from 'preact'

/** A control with its label, and a few words on it. */
export function Field({
  label,
  hint,
  class: look = '',
  children,
}: {
  readonly label: string
  readonly hint?: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class={`field ${look}`}>
      <span>{label}</span>
      {children}
      {hint && <small>{hint}</small>}
    </label>
  )
}

/** A number that is taken when it is one. */
export function NumberField({
  label,
  value,
  onChange,
  ...limits
}: {
  readonly label: string
  readonly value: number
  readonly onChange: (value: number) => void
  readonly min: number
  readonly step: number | 'any'
}) {
  return (
    <Field label={label}>
      <input
        type="number"
        {...limits}
        value={value}
        onChange={({ currentTarget }) => {
          const { valueAsNumber } = currentTarget
          if (Number.isFinite(valueAsNumber) && valueAsNumber >= limits.min) onChange(valueAsNumber)
          else currentTarget.value = String(value)
        }}
      />
    </Field>
  )
}
