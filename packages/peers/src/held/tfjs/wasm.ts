import type { Backend } from '@convkit/api'
import '@tensorflow/tfjs-backend-wasm'
import { createTfjs } from './backend.js'
import type { Box } from './box.js'

export const createBackend = (): Promise<Backend<Box>> => createTfjs({ backend: 'wasm', manner: 'careful' })
