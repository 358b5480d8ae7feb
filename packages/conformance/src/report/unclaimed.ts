import type { Report } from './report.js'

/** Checks that did not run because of one thing that the backend declares. */
export interface Unclaimed {
  readonly reason: string
  readonly checks: number
  /** By law, the layers whose checks they are. */
  readonly laws: readonly { readonly law: string; readonly layers: readonly string[] }[]
}

/** What the backend does not claim, in as few lines as can name it: one a reason. */
export function unclaimedOf({ checks }: Pick<Report, 'checks'>): Unclaimed[] {
  const reasons = new Set(checks.flatMap(({ unclaimed }) => unclaimed ?? []))
  return [...reasons].map((reason) => {
    const own = checks.filter(({ unclaimed }) => unclaimed === reason)
    const laws = [...new Set(own.map(({ law }) => law))].map((law) => {
      const layers = own.filter((check) => check.law === law).map(({ layer }) => layer)
      return { law, layers: [...new Set(layers)] }
    })
    return { reason, checks: own.length, laws: laws.toSorted((a, b) => b.layers.length - a.layers.length) }
  })
}

/** `22 checks not claimed: it declares nothing of NaN and infinities (special values of conv2d, affine; NaN of adam)` */
export function unclaimedText({ reason, checks, laws }: Unclaimed): string {
  const which = laws.map(({ law, layers }) => `${law} of ${layers.join(', ')}`)
  return `${checks} ${checks === 1 ? 'check' : 'checks'} not claimed: ${reason} (${which.join('; ')})`
}
