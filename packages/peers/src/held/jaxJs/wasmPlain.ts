import type { Backend } from '@convkit/api'
import type { Box } from './box.js'
import { createWith } from './wasm.js'

export const createBackend = (): Promise<Backend<Box>> => createWith('plain')
