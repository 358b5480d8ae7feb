import { UnsupportedError } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { randomOf } from '../core/sharp.js'
import type { Law, Subject, Want } from '../core/spec.js'

/** Outputs against the plain loops in float64, each element within its derived bound. It needs no backward kernel. */
export const forward: Law = {
  name: 'forward',
  says: 'outputs are within the derived bound of the float64 definition',
  async check(subject, c) {
    const { dy: _, ...forwardOnly } = c
    const names = gradientsOf(subject)
    const got = await subject.run(forwardOnly, without(names))
    const bounds = only(await subject.bounds(c), (name) => !names.includes(name))
    compare('forward', c, got, await subject.exact(c), bounds, subject)
  },
}

/** Gradients likewise, under a random upstream gradient. */
export const backward: Law = {
  name: 'backward',
  says: 'gradients are within the derived bound of the float64 definition',
  async check(subject, c) {
    const names = gradientsOf(subject)
    await hold('backward', subject, c, (name) => names.includes(name))
  },
}

/** Both passes across tiles, blocks and thread splits. */
export const large: Law = {
  name: 'large',
  says: 'outputs and gradients of large cases are within the derived bound of the float64 definition',
  async check(subject, c) {
    const { sharpen } = subject.spec
    const sharp = sharpen && randomOf(c).uniform() < 0.5 ? sharpen(c, subject.unit) : c
    await hold('large', subject, sharp)
  },
}

/** A call that is refused for one of its gradients stays refused, but what it does compute alone has to be right. */
export async function hold(
  law: string,
  subject: Subject,
  c: Case,
  isHeld: (name: string) => boolean = () => true,
): Promise<void> {
  const judge = async (got: Results, isOwn = isHeld) =>
    compare(law, c, got, await subject.exact(c), only(await subject.bounds(c), isOwn), subject)
  try {
    // First, since a backend that lacks the kernel needs no oracle.
    await judge(await subject.run(c))
  } catch (refusal) {
    if (!(refusal instanceof UnsupportedError)) throw refusal
    const exact = await subject.exact(c)
    for (const name of gradientsOf(subject).filter((gradient) => gradient in exact)) {
      const others = gradientsOf(subject).filter((gradient) => gradient !== name)
      const alone = await subject.run(c, without(others)).catch((error: unknown) => {
        if (!(error instanceof UnsupportedError)) throw error
      })
      if (alone) await judge(alone, (output) => isHeld(output) && !others.includes(output))
    }
    throw refusal
  }
}

const gradientsOf = ({ spec }: Subject) => Object.values(spec.gradients)

function without(gradients: readonly string[]): Want {
  return Object.fromEntries(gradients.map((name) => [name, false]))
}

function only(results: Results, isOne: (name: string) => boolean): Results {
  return Object.fromEntries(Object.entries(results).filter(([name]) => isOne(name)))
}
