// Compiles assembly/ with the fields of every class in reverse: node permuted.mjs FOLDER writes there float32.wasm and
// float64.wasm, for shared memory, and what `compileAssembly` says of their layout, layout.json.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compileAssembly } from '../../scripts/assembly.mjs'

const [folder] = process.argv.slice(2)

class Reversed {
  afterParse({ sources }) {
    const own = sources.filter(({ normalizedPath }) => normalizedPath.startsWith('assembly/'))
    for (const statement of own.flatMap(({ statements }) => statements))
      if (statement.decorators?.some(({ name }) => name.text === 'unmanaged')) statement.members.reverse()
  }
}

for (const [dtype, real] of [
  ['float32', 'f32'],
  ['float64', 'f64'],
]) {
  const { module, layout } = await compileAssembly({ real, fma: false, transforms: [Reversed] })
  await writeFile(join(folder, `${dtype}.wasm`), module)
  await writeFile(join(folder, 'layout.json'), JSON.stringify(layout))
}
