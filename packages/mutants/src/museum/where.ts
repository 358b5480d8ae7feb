type Method = (d: object, ...args: readonly unknown[]) => void

/** A fault in the calls with such dims alone; in all others the kernels are right. */
export function where<D extends object, T>(
  holds: (d: D) => boolean,
  change: (right: T) => Partial<T>,
): (right: T) => Partial<T> {
  return (right) => {
    // Seen without their types: every kernel is given its dims first.
    const kernels: { readonly [method: string]: Method } = Object(right)
    const wrong: { readonly [method: string]: Method } = Object(change(right))
    const chosen = Object.keys(wrong).map((method) => [
      method,
      (d: D, ...args: readonly unknown[]) => (holds(d) ? wrong : kernels)[method](d, ...args),
    ])
    return Object.fromEntries(chosen)
  }
}
