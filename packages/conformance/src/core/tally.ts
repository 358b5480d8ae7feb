/** How many elements a check has compared, and how many of them had no finite bound: those need only be finite. */
export interface Tally {
  readonly elements: number
  readonly unbounded: number
  add(elements: number, unbounded: number): void
}

export function createTally(): Tally {
  let [elements, unbounded] = [0, 0]
  return {
    get elements() {
      return elements
    },
    get unbounded() {
      return unbounded
    },
    add(more, without) {
      elements += more
      unbounded += without
    },
  }
}

/** Thrown by a law that says nothing of a case: another one is drawn in its place. */
export class NothingToSay extends Error {
  constructor() {
    super('the law says nothing of this case')
    this.name = 'NothingToSay'
  }
}
