// Writes as many bytes as it is asked to, and says what came of it: write.ts FILE BYTES
import { writeWholeFile } from '../../src/index.js'

const [path = '', size = '0'] = process.argv.slice(2)
const bytes = new Uint8Array(Number(size)).fill(2)
// What a shell's `ulimit -f` sends; without a listener it ends the process.
process.on('SIGXFSZ', () => {})
await writeWholeFile(path, bytes).then(
  () => process.stdout.write('written'),
  (error: unknown) => process.stdout.write(String(error)),
)
