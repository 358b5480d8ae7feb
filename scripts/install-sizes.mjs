// What an installation brings, from the packed packages in empty folders; fails above the limits.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, packAll } from './packed.mjs'

/** Third-party packages, and megabytes (10^6 bytes) of their files; our own are printed beside them, without a limit. */
const installs = [
  {
    use: 'a page that trains on wasm',
    names: ['@convkit/nn', '@convkit/backend-wasm', '@convkit/data'],
    packages: 8,
    megabytes: 3,
  },
  { use: 'the library', names: ['convkit'], packages: 25, megabytes: 10 },
  { use: "a backend's checks", names: ['@convkit/conformance'], packages: 20, megabytes: 10 },
  { use: 'the command', names: ['@convkit/cli'], packages: 200, megabytes: 65 },
]

/** The folder of every installed package, those nested in others too. */
function* packagesIn(folder) {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name.startsWith('@')) yield* packagesIn(path)
    else if (existsSync(join(path, 'package.json'))) {
      yield path
      yield* packagesIn(join(path, 'node_modules'))
    }
  }
}

/** Bytes of a package's own files. */
const bytesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => (entry.isDirectory() ? bytesOf(join(folder, entry.name)) : statSync(join(folder, entry.name)).size))
    .reduce((sum, bytes) => sum + bytes, 0)

const folder = mkdtempSync(join(tmpdir(), 'convkit-sizes-'))
try {
  const packed = packAll(folder)
  for (const { use, names, packages, megabytes } of installs) {
    const empty = join(folder, use)
    mkdirSync(empty)
    install(packed, folder, names, empty)
    const found = [...packagesIn(join(empty, 'node_modules'))]
    const isOurs = (path) => /node_modules\/(@convkit\/[^/]+|convkit)$/.test(path)
    const sizeOf = (paths) => paths.reduce((sum, path) => sum + bytesOf(path), 0) / 1e6
    const [ours, others] = [found.filter(isOurs), found.filter((path) => !isOurs(path))]
    const size = sizeOf(others)
    const text = `${others.length} third-party packages, ${size.toFixed(1)} MB (of ours ${ours.length}, ${sizeOf(ours).toFixed(1)} MB)`
    process.stdout.write(`${use}: ${names.join(' ')}: ${text}\n`)
    if (others.length <= packages && size <= megabytes) continue
    process.stderr.write(`${use}: expected at most ${packages} third-party packages and ${megabytes} MB, got ${text}\n`)
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
