// Installs the packed packages into an empty folder, as a stranger would, and runs the command and the README's example there.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, packAll, run as runIn } from './packed.mjs'

const packs = mkdtempSync(join(tmpdir(), 'convkit-pack-'))
const empty = (name) => {
  const path = join(packs, name)
  mkdirSync(path)
  return path
}
const [library, folder] = [empty('library'), empty('all')]
const run = (command, args) => runIn(command, args, folder)

/** What a line of a program says when it fails in the library's own folder. */
const refusal = (call) => {
  const program = `import * as convkit from 'convkit'; await convkit.${call}.catch((error) => console.log(String(error)))`
  return runIn('node', ['--input-type=module', '--eval', program], library)
}

try {
  const packed = packAll(packs)
  install(packed, packs, ['convkit'], library)
  // What is large and seldom needed is for those to add who want it; until then the refusal says how.
  const missing = [refusal("readImage('a.png')"), refusal("fetchCifar10({ dir: 'data', from: 'toronto' })")]
  process.stdout.write(missing.join(''))
  for (const text of missing) if (!/npm install /.test(text)) throw new Error(`no word on what to install: ${text}`)
  install(packed, packs, packed.keys(), folder)
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
  rmSync(packs, { recursive: true, force: true })
}
