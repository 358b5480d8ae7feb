// Compiles assembly/peak.ts four times: float32 or float64, with or without fused multiply-add.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
await mkdir(`${root}/wasm`, { recursive: true })
for (const [dtype, real] of [
  ['float32', 'f32'],
  ['float64', 'f64'],
])
  for (const simd of ['simd', 'fma']) {
    const { error, stderr } = await asc.main([
      'assembly/peak.ts',
      ...['--baseDir', root, '--outFile', `wasm/${dtype}-${simd}.wasm`, '--use', `real=${real}`],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
      ...(simd === 'fma' ? ['--enable', 'relaxed-simd'] : []),
    ])
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  }
