import { createBackend } from '../createBackend.js'
import { serve } from './serve.js'

serve((source) => {
  if (source.kind !== 'known') throw new Error('a visitor’s backend has a worker of its own')
  return createBackend(source.id)
})
