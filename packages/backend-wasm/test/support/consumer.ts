import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../..', import.meta.url))

/** Sums a product whose elements are whole numbers, so that every order of the sum is exact. */
const sumModule = `
import { affine, Scope } from '@convkit/api'
import { createWasm } from '@convkit/backend-wasm'

export async function sum(options) {
  const backend = await createWasm(options)
  const scope = new Scope(backend)
  const filled = (length, modulus) => Float32Array.from({ length }, (_, i) => i % modulus)
  const { y } = affine.forward(scope, {
    x: scope.from(filled(64 * 512, 5), [64, 512]),
    w: scope.from(filled(512 * 64, 3), [512, 64]),
    b: scope.from(filled(64, 2), [64]),
  })
  const total = (await y.read()).reduce((a, b) => a + b)
  await backend.close()
  return { total, description: backend.description }
}
`

export const rightTotal = (() => {
  let total = 0
  for (let n = 0; n < 64; n++)
    for (let m = 0; m < 64; m++) {
      total += m % 2
      for (let k = 0; k < 512; k++) total += ((n * 512 + k) % 5) * ((k * 64 + m) % 3)
    }
  return total
})()

export interface Consumer extends AsyncDisposable {
  readonly root: string
}

/** A project elsewhere with the built packages as npm installs them, `sum.js` and files of its own. */
export async function makeConsumer(files: { readonly [path: string]: string }): Promise<Consumer> {
  const root = await mkdtemp(join(tmpdir(), 'convkit-consumer-'))
  for (const name of ['api', 'backend-wasm'])
    for (const part of ['package.json', 'dist', ...(name === 'api' ? [] : ['wasm'])])
      await cp(join(packages, name, part), join(root, 'node_modules/@convkit', name, part), { recursive: true })
  for (const [path, text] of Object.entries({
    'package.json': '{ "type": "module" }',
    'sum.js': sumModule,
    ...files,
  })) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return {
    root,
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** The folder that a consumer copies beside its bundle. */
export function wasmFolder({ root }: Consumer): string {
  return join(root, 'node_modules/@convkit/backend-wasm/wasm')
}
