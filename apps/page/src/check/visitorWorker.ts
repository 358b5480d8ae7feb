// Runs a visitor's module. The server's policy lets this worker, and no other, run a blob, and lets it fetch nothing.
import { backendIn } from '@convkit/conformance'
import { serve } from './serve.js'

serve(async (source) => {
  if (source.kind !== 'file') throw new Error('this worker is for a visitor’s backend')
  const url = URL.createObjectURL(new Blob([source.code], { type: 'text/javascript' }))
  try {
    return await backendIn(await import(/* @vite-ignore */ url), source.name)
  } finally {
    URL.revokeObjectURL(url)
  }
})
