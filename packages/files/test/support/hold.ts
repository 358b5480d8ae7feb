// Holds a file until it is killed: hold.ts FILE
import { holdFile } from '../../src/index.js'

await holdFile(process.argv[2] ?? '').then(
  () => process.stdout.write('held'),
  (error: unknown) => process.stdout.write(String(error)),
)
setInterval(() => {}, 1000)
