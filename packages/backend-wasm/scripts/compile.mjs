// Compiles assembly/ eight times: float32 or float64, with or without fused multiply-add, on plain or shared memory.
// Arguments keep to the modules whose names hold one of them: `node scripts/compile.mjs float32-fma`.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const wanted = process.argv.slice(2)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
await mkdir(`${root}/wasm`, { recursive: true })
for (const [dtype, real] of [
  ['float32', 'f32'],
  ['float64', 'f64'],
])
  for (const simd of ['simd', 'fma'])
    for (const memory of ['plain', 'shared']) {
      const name = `${dtype}-${simd}-${memory}`
      if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue
      const { error, stderr } = await asc.main([
        'assembly/index.ts',
        ...['--baseDir', root, '--outFile', `wasm/${name}.wasm`, '--use', `real=${real}`],
        ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
        ...['--enable', 'simd', ...(simd === 'fma' ? ['--enable', 'relaxed-simd'] : [])],
        ...['--maximumMemory', '65536', ...(memory === 'shared' ? ['--enable', 'threads', '--sharedMemory'] : [])],
      ])
      if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
    }
