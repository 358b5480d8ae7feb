import { listenForInterruptions } from '../../src/interrupt.js'

listenForInterruptions()
const { main } = await import('../../src/cli.js')
await main(process.argv.slice(2))
