#!/usr/bin/env node
import { listenForInterruptions } from '../dist/interrupt.js'

listenForInterruptions()
const { main } = await import('../dist/cli.js')
await main(process.argv.slice(2))
