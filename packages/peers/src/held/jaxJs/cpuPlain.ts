import type { Backend } from '@convkit/api'
import type { Box } from './box.js'
import { createWith } from './cpu.js'

export const createBackend = (): Promise<Backend<Box>> => createWith('plain')
