import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

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

/** A number that is taken as soon as it is one; what is typed stays until the field is left. */
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
  const [typed, setTyped] = useState<string | null>(null)
  const { min, step } = limits
  const fits = (given: number) => given >= min && (step === 'any' ? Number.isFinite(given) : Number.isInteger(given))
  return (
    <Field label={label}>
      <input
        type="number"
        {...limits}
        value={typed ?? value}
        onInput={({ currentTarget }) => {
          const { valueAsNumber } = currentTarget
          setTyped(currentTarget.value)
          if (fits(valueAsNumber)) onChange(valueAsNumber)
        }}
        onBlur={() => setTyped(null)}
      />
    </Field>
  )
}
