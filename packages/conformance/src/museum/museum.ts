import type { Exhibit } from './exhibit.js'

/** Faults that libraries really had, as their trackers tell of them. */
export const museum: readonly Exhibit[] = []
