// Compiles assembly/ four times, on as many processors as there are: float32 or float64, with or without fused
// multiply-add. Each gives two modules, for plain and for shared memory.
// Arguments keep to the modules whose names hold one of them: `node scripts/compile.mjs float32-fma`.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import asc from 'assemblyscript/asc'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

async function compile({ name, real, fma }) {
  const shared = `wasm/${name}-shared.wasm`
  const { error, stderr } = await asc.main([
    'assembly/index.ts',
    ...['--baseDir', root, '--outFile', shared, '--use', `real=${real}`],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
    ...['--enable', 'simd', '--enable', 'threads', ...(fma ? ['--enable', 'relaxed-simd'] : [])],
    ...['--maximumMemory', '65536', '--sharedMemory'],
  ])
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  await writeFile(`${root}/wasm/${name}-plain.wasm`, toPlain(await readFile(`${root}/${shared}`)))
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
  await mkdir(`${root}/wasm`, { recursive: true })
  const modules = ['float32-simd', 'float32-fma', 'float64-simd', 'float64-fma']
    .filter((name) => wanted.length === 0 || wanted.some((part) => `${name}-plain ${name}-shared`.includes(part)))
    .map((name) => ({ name, real: name.startsWith('float32') ? 'f32' : 'f64', fma: name.endsWith('fma') }))
  const waiting = [...modules]
  const next = async () => {
    for (let module = waiting.shift(); module; module = waiting.shift()) await onThread(module)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
  const files = modules.flatMap(({ name }) => [`${name}-plain`, `${name}-shared`])
  const sizes = await Promise.all(files.map(async (name) => (await readFile(`${root}/wasm/${name}.wasm`)).length))
  const kibibytes = sizes.reduce((a, b) => a + b, 0) / 1024
  process.stdout.write(`${files.length} modules, ${kibibytes.toFixed()} KiB\n`)
}

function onThread(module) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: module })
    worker.once('error', reject).once('exit', resolve)
  })
}

await (isMainThread ? compileAll(process.argv.slice(2)) : compile(workerData))
