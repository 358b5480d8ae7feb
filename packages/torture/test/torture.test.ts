import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { mutate } from '../src/fuzz/mutate.js'
import { safetensorsFault } from '../src/fuzz/safetensors.js'
import { faultsIn } from '../src/hold.js'
import { readOptions } from '../src/options.js'
import { randomOf } from '../src/random.js'
import { litterIn, snapshotOf } from '../src/snapshot.js'
import { State } from '../src/state.js'

async function folder(files: { readonly [name: string]: string } = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'convkit-torture-test-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  return path
}

it('knows a whole set of files from one that is mixed, cut, gone or not the command’s', async () => {
  const writer = { name: 'any', command: { args: [] }, share: 1 }
  const reference = {
    old: await snapshotOf(await folder({ a: 'old', b: 'old' })),
    whole: await snapshotOf(await folder({ a: 'new', b: 'new' })),
  }
  const faults = async (files: { readonly [name: string]: string }) =>
    (await faultsIn(await folder(files), writer, reference)).join('; ')
  expect(await faults({ a: 'old', b: 'old' })).toBe('')
  expect(await faults({ a: 'new', b: 'new' })).toBe('')
  expect(await faults({ a: 'new', b: 'old' })).toBe('mixed: a new, b old')
  expect(await faults({ a: 'ne', b: 'new' })).toBe('a: is neither the old file nor the new one')
  expect(await faults({ b: 'old' })).toBe('a: is gone')
  expect(await faults({ a: 'new', b: 'new', c: '' })).toBe('c: nobody writes this file')
})

it('sees parts, locks and working folders as litter', async () => {
  const found = await snapshotOf(await folder({ a: '', '.a.partial-1': '', '.a.lock': '' }))
  expect(litterIn(found).sort()).toEqual(['.a.lock', '.a.partial-1'])
})

it('forbids what the specification of safetensors does', () => {
  const file = (header: string, data = 0) => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
    return Buffer.concat([length, Buffer.from(header), Buffer.alloc(data)])
  }
  const tensor = (rest: string) => `{"x":{"dtype":"F32",${rest}}}`
  expect(safetensorsFault(file(tensor('"shape":[2],"data_offsets":[0,8]'), 8))).toBeNull()
  expect(safetensorsFault(file('{"__metadata__":{"format":"pt"}}'))).toBeNull()
  for (const [bytes, says] of [
    [Buffer.alloc(3), /no length/],
    [file(` ${tensor('"shape":[2],"data_offsets":[0,8]')}`, 8), /begin/],
    [file(tensor('"shape":[2],"data_offsets":[0,8]'), 9), /no tensor/],
    [file(tensor('"shape":[3],"data_offsets":[0,8]'), 8), /size/],
    [file(tensor('"shape":[1],"data_offsets":[4,8]'), 8), /hole/],
    [file(tensor('"shape":[-1],"data_offsets":[0,8]'), 8), /shape/],
    [file('{"__metadata__":{"format":1}}'), /metadata/],
  ] as const)
    expect(safetensorsFault(bytes)).toMatch(says)
})

it('changes a file in the same way for the same seed, and leaves the original alone', () => {
  const original = Buffer.from('{"a": [1, 2, 3]}')
  const mutants = (seed: number) => Array.from({ length: 50 }, (_, n) => mutate(original, randomOf(seed, `${n}`)))
  expect(mutants(1)).toEqual(mutants(1))
  expect(mutants(1)).not.toEqual(mutants(2))
  expect(mutants(1).filter((bytes) => bytes.equals(original)).length).toBeLessThan(10)
  expect(original.toString()).toBe('{"a": [1, 2, 3]}')
})

it('goes on after the cases that are finished, also where the last line was cut', async () => {
  const file = join(await folder(), 'state.jsonl')
  await (await State.open(file)).add({ name: 'one', faults: ['lost'], seconds: 1 })
  await writeFile(file, '{"name":"tw', { flag: 'a' })
  const state = await State.open(file)
  expect(state.of('one')?.faults).toEqual(['lost'])
  expect(state.count).toBe(1)
  await state.add({ name: 'three', faults: [], seconds: 1 })
  expect((await State.open(file)).count).toBe(2)
})

it('refuses options that mean nothing', () => {
  expect(readOptions(['--only', 'kills', '--only', 'disks', '--cases', '5'])).toMatchObject({
    only: ['kills', 'disks'],
    cases: 5,
    seed: 231,
  })
  expect(() => readOptions(['--only', 'kill'])).toThrow(/--only: expected kills, disks, fuzz, pairs, got "kill"/)
  expect(() => readOptions(['--cases', '0'])).toThrow(/--cases: expected a whole number of at least 1/)
  expect(() => readOptions(['--seed', '1.5'])).toThrow(/--seed/)
  expect(() => readOptions(['--quick'])).toThrow(/quick/)
})
