import type { Data } from '@convkit/api'

type Arguments<T, M extends keyof T> = T[M] extends (...args: infer A) => unknown ? A : never

/** A kernel that is wrong in the calls that a report names, and right in all others. */
export function when<T, M extends keyof T>(
  method: M,
  trigger: (...args: Arguments<T, M>) => boolean,
  wrong: (kernel: (...args: Arguments<T, M>) => void, ...args: Arguments<T, M>) => void,
): (right: T) => Partial<T> {
  return (right) => {
    // Its arguments are those that the method's name says.
    const kernel = right[method] as (...args: Arguments<T, M>) => void
    return {
      [method]: (...args: Arguments<T, M>) => (trigger(...args) ? wrong(kernel, ...args) : kernel(...args)),
    } as Partial<T>
  }
}

const twoBytes = 2 ** 16

/**
 * What `run` computes, stored as if two bytes held the number of a block of `size` elements, `count` in a row: what
 * belongs behind the first 65,536 blocks lands on those, and its own place is not written.
 */
export function wrapped(output: Data, size: number, count: number, run: (right: Data) => void): void {
  const right = output.slice()
  run(right)
  for (const [i, value] of right.entries()) {
    const block = Math.floor(i / size) % count
    if (block >= twoBytes) output[i - twoBytes * size] = value
    else output[i] = value
  }
}
