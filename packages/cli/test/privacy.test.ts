import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** This process's variables, but for those that say where files go and whether anything is told. */
function bare(home: string): NodeJS.ProcessEnv {
  const { ORT_DISABLE_TELEMETRY: _, TURBO_TELEMETRY_DISABLED: __, DO_NOT_TRACK: ___, ...env } = process.env
  for (const name of Object.keys(env)) if (name.startsWith('XDG_')) delete env[name]
  return { ...env, HOME: home, USERPROFILE: home, LOCALAPPDATA: home }
}

// A session has to run: onnxruntime writes nothing before its first.
const session = `
  import { createBackend, layers, Sequential } from 'convkit'
  const backend = await createBackend('gpu:provider=cpu')
  const model = new Sequential(backend, { input: [4], layers: [layers.affine({ units: 2 })] })
  console.log(backend.description, await model.predict(new Float32Array(8)))
  await backend.close()`

it.each([
  ['convkit backends', [join(root, 'packages/cli/bin/convkit.js'), 'backends']],
  ['a model on gpu:provider=cpu', ['--input-type=module', '--eval', session]],
])('%s leaves no file of a dependency behind', async (_, args) => {
  const home = await folder()
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: join(root, 'packages/convkit'),
    env: bare(home),
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/onnxruntime .* on the processor/)
  expect(status).toBe(0)
  // Drivers of graphics cards keep their shaders.
  const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  expect(files.filter(({ parentPath }) => !/mesa|nvidia/i.test(parentPath)).map(({ name }) => name)).toEqual([])
})

describe('turbo, which tells its maker what it did', () => {
  it('runs only by way of the script that stops it', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
    const ci = await readdir(join(root, '.ci'))
    const commands = [
      ...Object.values(manifest.scripts),
      ...(await Promise.all(ci.map((name) => readFile(join(root, '.ci', name), 'utf8')))),
    ].flatMap((script: string) => script.split(/&&|;|\n/))
    const calls = commands.filter((command) => /\bturbo(\.mjs)?\b/.test(command))
    expect(calls.length).toBeGreaterThan(5)
    expect(calls.filter((call) => !/^\s*(turbo\(\) \{ )?(node scripts\/turbo\.mjs|turbo run) /.test(call))).toEqual([])
  })

  it('is off there, as it says itself', async () => {
    const args = [join(root, 'scripts/turbo.mjs'), 'telemetry', 'status']
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, env: bare(await folder()), encoding: 'utf8' })
    expect(stdout).toContain('Status: Disabled')
  })

  it.each([
    [{}, '1 undefined'],
    [{ TURBO_TELEMETRY_DISABLED: '0' }, '0 undefined'],
    [{ DO_NOT_TRACK: '0' }, '1 0'],
  ])("keeps the user's choice: %j", async (own, seen) => {
    const cwd = await folder({
      'turbo.mjs': await readFile(join(root, 'scripts/turbo.mjs'), 'utf8'),
      'node_modules/turbo/bin/turbo': 'console.log(process.env.TURBO_TELEMETRY_DISABLED, process.env.DO_NOT_TRACK)',
    })
    const env = { ...bare(cwd), ...own }
    expect(spawnSync(process.execPath, ['turbo.mjs'], { cwd, env, encoding: 'utf8' }).stdout.trim()).toBe(seen)
  })
})

it('the tests, which load onnxruntime themselves, do not let it tell either', () => {
  expect(process.env.ORT_DISABLE_TELEMETRY).toBeTruthy()
})
