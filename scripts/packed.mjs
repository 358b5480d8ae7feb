import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** Runs a command to its end and returns what it printed. */
export const run = (command, args, cwd, env = {}) =>
  execFileSync(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }).toString()

/** Packs every package that is published into `folder`: manifest and tarball by name. */
export function packAll(folder) {
  const packed = new Map()
  for (const name of readdirSync('packages')) {
    const manifest = JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8'))
    if (manifest.private) continue
    const tarball = run('npx', ['pnpm', 'pack', '--pack-destination', folder], resolve('packages', name)).trim()
    packed.set(manifest.name, { manifest, tarball: basename(tarball.split('\n').at(-1)) })
  }
  return packed
}

/** These packages and those of ours that they need. */
export function closure(packed, names) {
  const all = new Set(names)
  for (const name of all)
    for (const needed of Object.keys(packed.get(name).manifest.dependencies ?? {}))
      if (packed.has(needed)) all.add(needed)
  return [...all]
}

/** Installs packed packages into the empty folder `folder`, as a stranger would, with those of ours that they need. */
export function install(packed, from, names, folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const tarballs = closure(packed, names).map((name) => resolve(from, packed.get(name).tarball))
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], folder)
}
