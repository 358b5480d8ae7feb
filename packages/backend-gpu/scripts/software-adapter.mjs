#!/usr/bin/env node
// Runs a command with a WebGPU adapter in software, SwiftShader, so that it needs no GPU and no driver:
//   node scripts/software-adapter.mjs vitest run
// Linux x64 only. Elsewhere, and where VK_DRIVER_FILES or VK_ICD_FILENAMES names a driver, the command runs as it is.
import { spawn } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar'

const [command, ...args] = process.argv.slice(2)
if (!command) {
  process.stderr.write('usage: node scripts/software-adapter.mjs COMMAND [ARGUMENTS]\n')
  process.exit(2)
}
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...(await environment()) } })
child.on('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`)
  process.exitCode = 127
})
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
})

/** The dynamic linker reads LD_LIBRARY_PATH when a process starts, hence a process of its own. */
async function environment() {
  const { platform, arch, env } = process
  if (platform !== 'linux' || arch !== 'x64' || env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES) return {}
  const folder = await extracted()
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: [folder, env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    // Dawn would look for a display in it, and complain of none.
    XDG_RUNTIME_DIR: env.XDG_RUNTIME_DIR ?? folder,
  }
}

/** Where the driver and Vulkan's loader are, unpacked once from the npm package that has them. */
async function extracted() {
  const chromium = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))))
  const { version } = createRequire(import.meta.url)(join(chromium, 'package.json'))
  const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.cache')
  const folder = join(cache, `swiftshader-${version}`)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'swiftshader-'))
  await pipeline(
    createReadStream(join(chromium, 'bin', 'swiftshader.tar.br')),
    createBrotliDecompress(),
    extract({ cwd: fresh, filter: (path) => /\.(json|so(\.\d+)*)$/.test(path) && !/GLES|EGL/.test(path) }),
  )
  try {
    await rename(fresh, folder)
  } catch (error) {
    // Another process was first.
    await rm(fresh, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
