import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { serveThePage, visit } from './support/page.js'

const program = `
import { createGpu } from '@convkit/backend-gpu'
globalThis.describe = async (options) => {
  try {
    const backend = await createGpu(options)
    await backend.close()
    return backend.description
  } catch (error) {
    return String(error)
  }
}`

// esbuild leaves onnxruntime-web's files where they are.
serveThePage(async (folder) => {
  const resolveDir = new URL('.', import.meta.url).pathname
  await build({
    stdin: { contents: program, resolveDir },
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'main.js'),
  })
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><link rel="icon" href="data:," /><script type="module" src="main.js"></script>',
  )
  const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'))
  await mkdir(join(folder, 'ort'))
  for (const extension of ['mjs', 'wasm']) {
    const name = `ort-wasm-simd-threaded.asyncify.${extension}`
    await copyFile(join(dist, name), join(folder, 'ort', name))
  }
})

describe('a page by esbuild, on webgpu', () => {
  it.each(['/ort/', '/ort'])('finds onnxruntime-web where wasmUrl says: %s', async (wasmUrl) => {
    const said = await visit<string>('describe', { provider: 'webgpu', wasmUrl })
    expect(said).toMatch(/^onnxruntime-web .*, WebGPU in a browser, .*, a software adapter$/)
  })

  it.each([{}, { wasmUrl: '/elsewhere/' }])('says which option names its place: %j', async (place) => {
    const said = await visit<string>('describe', { provider: 'webgpu', ...place }, undefined, true)
    expect(said).toMatch(
      /^ConfigError: gpu: provider webgpu: onnxruntime-web did not start: .*\nthe option wasmUrl says where its folder dist\/ is served$/,
    )
  })
})
