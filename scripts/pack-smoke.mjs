// Installs the packed packages into an empty folder, as a stranger would, and runs the command and the README's example there.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'convkit-pack-'))
const run = (command, args, cwd = folder, env = {}) =>
  execFileSync(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }).toString()

try {
  for (const name of readdirSync('packages')) {
    if (JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8')).private) continue
    run('npx', ['pnpm', 'pack', '--pack-destination', folder], resolve('packages', name))
  }
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`)])
  const example = /```ts example\.ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1]
  if (!example) throw new Error('README.md has no ```ts example.ts block')
  writeFileSync(join(folder, 'example.mjs'), example)
  process.stdout.write(`convkit ${run('npx', ['convkit', '--version'])}`)
  process.stdout.write(run('npx', ['convkit', 'gradcheck']))
  process.stdout.write(run('npx', ['convkit', 'conformance', 'wasm:threads=2', '--layer', 'relu']))
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
