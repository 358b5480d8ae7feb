#!/usr/bin/env node
import { main } from '../dist/cli.js'

process.stdout.on('error', (error) => {
  // Whoever read our output, such as `head`, has seen enough.
  if (error.code === 'EPIPE') process.exit()
  throw error
})

await main(process.argv.slice(2))
