// Compiles assembly/ four times, on as many processors as there are: float32 or float64, with or without fused
// multiply-add. Each gives two modules, for plain and for shared memory; all of them together the files of
// src/generated/; those of compositions are written first.
// Arguments keep to the modules whose names hold one of them: `node scripts/compile.mjs float32-fma`.
import { deepStrictEqual } from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compileAssembly } from './assembly.mjs'
import { composedFiles } from './composed.mjs'
import { generated } from './generated.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

async function compile({ name, real, fma }) {
  const { module, layout } = await compileAssembly({ real, fma })
  await writeFile(`${root}/wasm/${name}-shared.wasm`, module)
  await writeFile(`${root}/wasm/${name}-plain.wasm`, toPlain(Buffer.from(module)))
  parentPort.postMessage(layout)
}

/** No kernel has atomic instructions, so the modules differ in one flag: that of the memory they import. */
function toPlain(module) {
  const [kind, sharedWithMaximum, plainWithMaximum] = [2, 3, 1]
  const name = Buffer.from('memory')
  const at = module.indexOf(Buffer.from([...name, kind, sharedWithMaximum]))
  if (at === -1) throw new Error('the module imports no shared memory')
  return module.fill(plainWithMaximum, at + name.length + 1, at + name.length + 2)
}

async function compileAll(wanted) {
  for (const folder of ['wasm', 'src/generated', 'assembly/generated'])
    await mkdir(`${root}/${folder}`, { recursive: true })
  await writeChanged(composedFiles())
  const modules = ['float32-simd', 'float32-fma', 'float64-simd', 'float64-fma']
    .filter((name) => wanted.length === 0 || wanted.some((part) => `${name}-plain ${name}-shared`.includes(part)))
    .map((name) => ({ name, real: name.startsWith('float32') ? 'f32' : 'f64', fma: name.endsWith('fma') }))
  const waiting = [...modules]
  const layouts = []
  const next = async () => {
    for (let module = waiting.shift(); module; module = waiting.shift()) layouts.push(await onThread(module))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
  await writeGenerated(layouts)
  const files = modules.flatMap(({ name }) => [`${name}-plain`, `${name}-shared`])
  const sizes = await Promise.all(files.map(async (name) => (await readFile(`${root}/wasm/${name}.wasm`)).length))
  const kibibytes = sizes.reduce((a, b) => a + b, 0) / 1024
  process.stdout.write(`${files.length} modules, ${kibibytes.toFixed()} KiB\n`)
}

/** One host calls all modules, so their parameters stand in the same places. */
async function writeGenerated([layout, ...others]) {
  for (const other of others) deepStrictEqual(other, layout, 'the modules differ in their parameters or constants')
  await writeChanged(generated(layout))
}

async function writeChanged(files) {
  for (const [file, text] of Object.entries(files)) {
    const path = `${root}/${file}`
    // A file that is as it was keeps its time, or whoever watches the sources would build them again and again.
    if ((await readFile(path, 'utf8').catch(() => null)) !== text) await writeFile(path, text)
  }
}

function onThread(module) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: module })
    worker
      .once('message', resolve)
      .once('error', reject)
      .once('exit', () => reject(new Error(`${module.name}: no module`)))
  })
}

await (isMainThread ? compileAll(process.argv.slice(2)) : compile(workerData))
