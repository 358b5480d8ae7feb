// Runs commands under strace, and fails where one writes outside its project, the data cache and the temporary folder,
// or attempts a connection: node scripts/written-places.mjs, on Linux, after a build; half a minute
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const convkit = fileURLToPath(new URL('../packages/cli/bin/convkit.js', import.meta.url))
const small = ['--train', '400', '--validation', '100', '--epochs', '1', '--filters', '4', '--filter-size', '3']
const files = (name) => ['--checkpoint', `${name}.run.safetensors`, '--out', `${name}.safetensors`]
const runs = [
  ['backends'],
  ['train', '--backend', 'wasm', ...small, ...files('wasm')],
  ['train', '--backend', 'gpu:provider=cpu', ...small, ...files('gpu')],
  ['notebook', '--quick', '--backend', 'wasm', '--out', 'wasm'],
  ['notebook', '--quick', '--backend', 'gpu:provider=cpu', '--out', 'gpu'],
]
/** Neither is a file: what is written there is gone. */
const devices = ['/dev/null', '/dev/tty']
const calls =
  'open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,truncate,connect,sendto,sendmsg'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'convkit-places-')))
const [project, home, temporary, trace] = ['project', 'home', 'tmp', 'trace'].map((name) => join(root, name))
for (const folder of [project, home, temporary]) mkdirSync(folder)
writeFileSync(join(project, 'package.json'), '{ "type": "module" }\n')
const data = spawnSync(process.execPath, [convkit, 'data', 'fetch', '--json'], { encoding: 'utf8', cwd: project })
if (data.status !== 0) throw new Error(data.stderr)
const cache = dirname(JSON.parse(data.stdout).dir)
// A home without anything in it, so that what belongs there is made now.
const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, XDG_CONFIG_HOME: ___, ...own } = process.env
const env = { ...own, HOME: home, TMPDIR: temporary, CONVKIT_DATA_DIR: cache }

let wrong = 0
try {
  for (const args of runs) {
    const start = performance.now()
    const { status, stderr, error } = spawnSync(
      'strace',
      [
        '-f',
        '--seccomp-bpf',
        '-y',
        '-s',
        '4096',
        '-o',
        trace,
        '-e',
        `trace=${calls}`,
        process.execPath,
        convkit,
        ...args,
      ],
      { cwd: project, env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
    )
    if (error) throw error
    const { written, connections } = read(readFileSync(trace, 'utf8'))
    const outside = written.filter((path) => !devices.includes(path) && placeOf(path) === null)
    process.stdout.write(`convkit ${args.join(' ')}: ${((performance.now() - start) / 1000).toFixed(0)} s\n`)
    for (const place of ['project', 'cache', 'temporary folder']) {
      const paths = written.filter((path) => placeOf(path) === place)
      process.stdout.write(`  ${place}: ${paths.length} files and folders${sample(paths)}\n`)
    }
    const complaints = [
      ...(status === 0 ? [] : [`exited with ${status}: ${stderr}`]),
      ...outside.map((path) => `wrote outside: ${path}`),
      ...connections.map((call) => `connection: ${call}`),
    ]
    for (const complaint of complaints) process.stdout.write(`  WRONG: ${complaint}\n`)
    wrong += complaints.length
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
process.stdout.write(wrong === 0 ? 'nothing was written elsewhere, no connection attempted\n' : `${wrong} wrong\n`)
process.exitCode = wrong === 0 ? 0 : 1

function placeOf(path) {
  const places = { project, cache, 'temporary folder': temporary }
  return Object.keys(places).find((name) => path === places[name] || path.startsWith(`${places[name]}/`)) ?? null
}

function sample(paths) {
  return paths.length === 0
    ? ''
    : `: ${paths
        .slice(0, 6)
        .map((path) => path.replace(`${root}/`, ''))
        .join(', ')}${paths.length > 6 ? ', …' : ''}`
}

/** Every path that a successful call created, wrote, renamed or removed, and every call that reaches for a network. */
function read(text) {
  const [written, connections] = [new Set(), []]
  for (const line of whole(text)) {
    const [, name, rest] = /^\d+\s+(\w+)\((.*)$/.exec(line) ?? []
    if (!name) continue
    if (['connect', 'sendto', 'sendmsg'].includes(name)) {
      // AF_NETLINK asks the kernel, as for the addresses of this machine.
      if (/sa_family=(?!AF_NETLINK)/.test(rest)) connections.push(`${name}(${rest}`)
      continue
    }
    if (!/\) = \d/.test(rest)) continue
    if (name.startsWith('open') && !/O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(rest)) continue
    for (const path of pathsOf(rest)) written.add(path)
  }
  return { written: [...written], connections }
}

/** Calls of several threads are cut in two where they overlap. */
function* whole(text) {
  const unfinished = new Map()
  for (const line of text.split('\n')) {
    const [, thread, begun] = /^(\d+)\s+(.*) <unfinished \.\.\.>$/.exec(line) ?? []
    const [, same, rest] = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? []
    if (thread) unfinished.set(thread, begun)
    else if (same) yield `${same} ${unfinished.get(same) ?? ''}${rest}`
    else yield line
  }
}

/** Each quoted path, from the folder of the descriptor before it where it is relative. */
function pathsOf(text) {
  return [...text.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, from = project, path]) =>
    resolve(from, path),
  )
}
