// Compiles assembly/ to one module, and reads off the compiled program what its host must know: the parameters of every
// kernel, where each stands, and the constants of assembly/layout.ts.
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the host writes for a field of each type. */
const kinds = { i32: 'i32', usize: 'address', bool: 'flag', f64: 'f64', v128: 'vector' }

/** `real`: f32 or f64. `transforms`: of the compiler's, as it documents them. */
export async function compileAssembly({ real, fma, transforms = [] }) {
  let module = null
  let layout = null
  const reader = class {
    afterCompile() {
      layout = layoutOf(this.program)
    }
  }
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', root, '--outFile', 'module.wasm', '--use', `real=${real}`],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
      ...['--enable', 'simd', '--enable', 'threads', ...(fma ? ['--enable', 'relaxed-simd'] : [])],
      ...['--maximumMemory', '65536', '--sharedMemory'],
    ],
    {
      transforms: [...transforms, reader],
      writeFile(_, bytes) {
        module = bytes
      },
    },
  )
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return { module, layout }
}

function layoutOf(program) {
  const classes = new Map()
  const kernels = Object.fromEntries(
    [...exportsOf(program.filesByName.get('assembly/index'))].map(([name, prototype]) => {
      const found = parametersOf(name, prototype)
      for (let one = found; one; one = one.base) {
        const other = classes.get(one.name)
        if (other && other !== one)
          throw new Error(
            `${one.internalName} and ${other.internalName}: a class of parameters needs a name of its own`,
          )
        classes.set(one.name, one)
      }
      return [name, found.name]
    }),
  )
  return {
    kernels,
    // Bases first.
    classes: [...classes.values()].sort((a, b) => depth(a) - depth(b)).map(classOf),
    constants: [...exportsOf(program.filesByName.get('assembly/layout'))].map(constantOf),
  }
}

function exportsOf({ exports, exportsStar }, all = new Map()) {
  for (const [name, element] of exports ?? []) all.set(name, element)
  for (const file of exportsStar ?? []) exportsOf(file, all)
  return all
}

function parametersOf(name, { instances }) {
  const { parameterTypes = [], returnType } = instances?.get('')?.signature ?? {}
  const types = parameterTypes.map(String)
  const found = parameterTypes[3]?.getClass()
  if (!found || types.length !== 4 || types.slice(0, 3).some((type) => type !== 'i32') || String(returnType) !== 'void')
    throw new Error(
      `assembly/index.ts exports ${name}(${types.join(', ')}): a kernel is (from: i32, to: i32, thread: i32, p: its class of parameters): void`,
    )
  return found
}

function depth({ base }) {
  return base ? depth(base) + 1 : 0
}

function classOf({ name, base, members, prototype, nextMemoryOffset }) {
  const fields = [...members].filter(([field, { isField }]) => isField && !base?.members.has(field))
  return {
    name,
    base: base?.name ?? null,
    bytes: nextMemoryOffset,
    doc: docOf(prototype.declaration),
    fields: fields.map(([field, { instance, declaration, fieldDeclaration }]) => {
      const kind = kinds[String(instance.type)]
      if (!kind)
        throw new Error(
          `${name}.${field} is ${instance.type}: the host writes fields of ${Object.keys(kinds).join(', ')}`,
        )
      return { name: field, kind, offset: instance.memoryOffset, doc: docOf(fieldDeclaration ?? declaration) }
    }),
  }
}

const integer = 1

function constantOf([name, { constantValueKind, constantIntegerValue, declaration }]) {
  if (constantValueKind !== integer)
    throw new Error(`assembly/layout.ts exports ${name}: expected a constant that is a whole number`)
  return { name, value: constantIntegerValue.toNumber(), doc: docOf(declaration) }
}

/** The comment before a declaration. */
function docOf({ range }) {
  const before = range.source.text.slice(0, range.start)
  const doc = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*(?:@\w+\s*)*(?:export\s+)?(?:const\s+)?$/.exec(before)?.[1]
  return doc ? doc.replace(/^ +\*/gm, ' *') : null
}
