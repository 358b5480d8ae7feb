// Holds a file until it is killed: hold.ts FILE
import { holdFile } from '../../src/index.js'

// What a shell's `ulimit -f` sends; without a listener it ends the process.
process.on('SIGXFSZ', () => {})
await holdFile(process.argv[2] ?? '').then(
  () => {
    process.stdout.write('held')
    setInterval(() => {}, 1000)
  },
  (error: unknown) => process.stdout.write(String(error)),
)
