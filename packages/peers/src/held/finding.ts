/**
 * - `fault`: the library breaks its own documentation or plain arithmetic; its snippet shows it.
 * - `precision`: the right formula, but more digits are lost than its terms have to lose.
 * - `convention`: another rule than ours, where more than one is in use; the adapter declares it where it can.
 * - `refused`: the library throws or has no such operation; the adapter says so in `unsupported`.
 */
export type Verdict = 'fault' | 'precision' | 'convention' | 'refused'

export interface Finding {
  readonly layer: string
  readonly verdict: Verdict
  /** One sentence, with the condition under which it happens. */
  readonly says: string
  /** The smallest case, in few words: `avgPool of [1, 2, 3] with a window of 2 and pads of 1`. */
  readonly smallest?: string
  /**
   * Ids of the checks that fail because of it, `*` for any part: `maxPool2d/ties/*`. Empty where nothing fails, as of what is
   * declared or refused.
   */
  readonly checks: readonly string[]
  /** What the adapter gets around, since it would hide all else: `checks` are then those that its `plain` twin fails by it. */
  readonly around?: boolean
  /** A file of `packages/peers/snippets`: exits with 1 where the library still does it. A fault must have one. */
  readonly snippet?: string
  /** The library's own tracker, or its documentation. */
  readonly link?: string
}

export interface HeldLibrary {
  /** Of this backend, as the report and the command line name it: `tfjs-cpu`. */
  readonly name: string
  readonly title: string
  /** Versions by npm package, as `npm install` takes them. */
  readonly packages: Readonly<Record<string, string>>
  /** The adapter, which exports `createBackend`: relative to this folder, without an extension, `tfjs/cpu`. */
  readonly module: string
  /** The same without what gets around faults, for findings `around` which it does. */
  readonly plain?: string
  /** Major version of Node that it needs where that is newer than ours: `26`. */
  readonly node?: number
  readonly findings: readonly Finding[]
  /** Where all of the suite takes too long: random cases a check, and the checks, as the command line takes them. */
  readonly part?: { readonly runs: number; readonly only?: readonly string[] }
}
