// Installs the packed packages into an empty folder, as a stranger would, and runs the command and the README's example there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, packAll, run as runIn } from './packed.mjs'

const folder = mkdtempSync(join(tmpdir(), 'convkit-pack-'))
const run = (command, args) => runIn(command, args, folder)

try {
  const packed = packAll(folder)
  install(packed, folder, packed.keys(), folder)
  const example = /```ts example\.ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1]
  if (!example) throw new Error('README.md has no ```ts example.ts block')
  writeFileSync(join(folder, 'example.mjs'), example)
  process.stdout.write(`convkit ${run('npx', ['convkit', '--version'])}`)
  process.stdout.write(run('npx', ['convkit', 'gradcheck']))
  process.stdout.write(run('npx', ['convkit', 'conformance', 'wasm:threads=2', '--layer', 'relu']))
  process.stdout.write(run('npx', ['convkit', 'bench', 'wasm:threads=1', '--quick', '--only', 'W2']))
  process.stdout.write(run('node', ['example.mjs']))
  // The GPU backend's runtime is for those to add who want it; until then the list says how.
  const listed = run('npx', ['convkit', 'backends'])
  process.stdout.write(listed)
  const [, hint] = /onnxruntime-node is not installed\n\s*(.+)/.exec(listed) ?? []
  if (!hint) throw new Error('convkit backends does not say how to add onnxruntime-node')
  run('sh', ['-c', `${hint} --no-audit --no-fund`])
  process.stdout.write(run('npx', ['convkit', 'conformance', 'gpu', '--provider', 'cpu', '--layer', 'relu']))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
