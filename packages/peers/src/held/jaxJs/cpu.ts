import type { Backend } from '@convkit/api'
import { createOn } from './backend.js'
import type { Box } from './box.js'
import type { Manner } from './manner.js'

export function createWith(manner: Manner): Promise<Backend<Box>> {
  return createOn('cpu', manner, () => ({ divide: 1.5 }))
}

export const createBackend = (): Promise<Backend<Box>> => createWith('careful')
