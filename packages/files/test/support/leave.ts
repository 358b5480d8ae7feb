// Ends in the middle of writing a file, as at a signal: leave.ts FILE BYTES
import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { writeWholeFile } from '../../src/index.js'

const [path = '', size = '0'] = process.argv.slice(2)
void writeWholeFile(path, new Uint8Array(Number(size))).finally(() => process.stdout.write('written'))
const look = () => {
  const begun = readdirSync(dirname(path)).some((name) => name.startsWith(`.${basename(path)}.partial-`))
  if (!begun) setImmediate(look)
  else {
    process.stdout.write('begun')
    process.exit()
  }
}
look()
