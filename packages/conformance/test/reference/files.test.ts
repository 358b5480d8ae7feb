import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, type Data, type Shape } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { readSafetensors, writeSafetensors } from '@convkit/nn'
import { describe, expect, onTestFinished, test } from 'vitest'
import { collect, runConformance } from '../../src/index.js'
import { readReferences } from '../../src/node/references.js'
import { suite } from '../../src/node/suite.js'
import { referenceChecks } from '../../src/reference/checks.js'
import type { NamedBytes } from '../../src/reference/file.js'
import { references } from './support.js'

type Tensors = Map<string, { shape: Shape; data: Data }>
type Metadata = Record<string, string | undefined>

/** A right file with a change, as bytes. */
function broken(of: string, change: (tensors: Tensors, metadata: Metadata) => void): Uint8Array {
  const right = references.find(({ name }) => name === of)
  if (!right) throw new Error(`no file ${of}`)
  const { tensors, metadata } = readSafetensors(right.bytes)
  const [changed, described]: [Tensors, Metadata] = [new Map(tensors), { ...metadata }]
  change(changed, described)
  const kept = Object.entries(described).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
  return writeSafetensors(changed, Object.fromEntries(kept))
}

async function run(files: readonly NamedBytes[], backend = createNaive()) {
  const { checks } = await collect(runConformance(backend, { checks: referenceChecks(files) }))
  return checks.map(({ id, status, failure }) => ({ id, status, message: failure?.message ?? '' }))
}

describe('a file that is not a reference file fails by itself, and says why', () => {
  test.each<[string, string, (tensors: Tensors, metadata: Metadata) => void, string]>([
    ['without a kind', 'relu_2d', (_, m) => (m.kind = undefined), 'kind must be one of layer, optimizer, model'],
    ['of an unknown kind', 'relu_2d', (_, m) => (m.kind = 'sonnet'), 'got sonnet'],
    ['without a layer', 'relu_2d', (_, m) => (m.layer = undefined), 'names no layer'],
    ['of an unknown layer', 'relu_2d', (_, m) => (m.layer = 'conv9d'), 'no layer is called conv9d'],
    ['of an unknown optimizer', 'adam', (_, m) => (m.layer = 'lion'), 'no optimizer is called lion'],
    ['of an unknown model', 'threeLayerConvNet_small', (_, m) => (m.layer = 'resnet'), 'no model is called resnet'],
    ['of unknown precision', 'relu_2d', (_, m) => (m.precision = 'float16'), 'float64, float32, got float16'],
    ['with attributes that are no JSON', 'relu_2d', (_, m) => (m.attrs = '{'), 'attrs are not JSON: {'],
    ['with a list of attributes', 'relu_2d', (_, m) => (m.attrs = '[]'), 'must be a JSON object, got []'],
    ['without an attribute', 'layerNorm_vector', (_, m) => (m.attrs = '{}'), 'layerNorm wants a number eps'],
    [
      'with half an attribute',
      'conv2d_groups',
      (_, m) => (m.attrs = '{"stride":[1],"pad":[0,0,0,0],"dilation":[1,1],"groups":1}'),
      'conv2d wants 2 numbers stride, got [1]',
    ],
    [
      'with an unknown mode',
      'batchNorm_eps',
      (_, m) => (m.attrs = '{"mode":"eval","eps":1e-5,"momentum":0.9}'),
      'wants mode to be train or test, got "eval"',
    ],
    ['without an input', 'layerNorm_vector', (t) => t.delete('in.x'), 'layerNorm has no in.x'],
    ['without labels', 'svmLoss_plain', (t) => t.delete('in.labels'), 'svmLoss has no I32 in.labels'],
    ['without an upstream gradient', 'relu_2d', (t) => t.delete('grad.y'), 'no upstream gradient grad.y'],
    [
      'with an input too many',
      'relu_2d',
      (t) => t.set('in.slope', { shape: [1], data: new Float64Array(1) }),
      'relu has no use for in.slope',
    ],
    [
      'with a tensor of no side',
      'relu_2d',
      (t) => t.set('y', { shape: [1], data: new Float64Array(1) }),
      'must be in.*, out.* or grad.*, got y',
    ],
    [
      'with integers for floats',
      'relu_2d',
      (t) => t.set('in.x', { shape: [1], data: new Int32Array(1) }),
      'in.x must be F32 or F64, got I32',
    ],
    [
      'with tensors that do not fit together',
      'affine_2d',
      (t) => t.set('in.w', { shape: [1, 1], data: new Float64Array(1) }),
      'affine: ',
    ],
    [
      'with a label out of range',
      'svmLoss_plain',
      (t) => t.get('in.labels')?.data.fill(99),
      'label 99 at index 0 is outside',
    ],
    [
      'with gradients of another parameter',
      'sgd',
      (t) => t.set('in.grads', { shape: [2, 1], data: new Float64Array(2) }),
      'in.grads must have shape',
    ],
    [
      'with nothing expected',
      'relu_2d',
      (t) => {
        t.delete('out.y')
        t.delete('grad.x')
      },
      'nothing is expected',
    ],
  ])('%s', async (_, of, change, message) => {
    const files = [
      { name: 'broken', bytes: broken(of, change) },
      ...references.filter(({ name }) => name === 'relu_4d'),
    ]
    const [single, double, ...others] = await run(files)
    for (const result of [single, double]) {
      expect(result.status).toBe('failed')
      expect(result.message).toContain('broken.safetensors is not a reference file: ')
      expect(result.message).toContain(message)
    }
    expect(others.map(({ id, status }) => [id, status])).toEqual([
      ['reference/relu_4d/float32', 'passed'],
      ['reference/relu_4d/float64', 'passed'],
    ])
  })

  test('that is truncated', async () => {
    const [{ bytes }] = references
    const results = await run([{ name: 'half', bytes: bytes.subarray(0, bytes.length / 2) }])
    for (const { status, message } of results) {
      expect(status).toBe('failed')
      expect(message).toContain('half.safetensors is not a reference file: safetensors: ')
    }
  })
})

test('an output that nobody computes is named', async () => {
  const bytes = broken('relu_2d', (t) => t.set('out.z', { shape: [1], data: new Float64Array(1) }))
  for (const { status, message } of await run([{ name: 'more', bytes }])) {
    expect(status).toBe('failed')
    expect(message).toContain('z was not computed')
  }
})

test('a wrong value in a file is found by a backend of float32 alone, and laid to the file', async () => {
  const bytes = broken('affine_2d', (t) => t.get('out.y')?.data.fill(7))
  const naive = createNaive()
  const { float32 = {} } = naive.kernels
  const single = { ...naive, kernels: { float32 } }
  const [result] = await run([{ name: 'wrong', bytes }], single)
  expect(result).toMatchObject({ id: 'reference/wrong/float32', status: 'failed' })
  expect(result.message).toContain('reference wrong, by the definition itself: y[')
})

describe('a folder', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'convkit-'))
    onTestFinished(() => rm(path, { recursive: true }))
    return path
  }

  test('adds a check for each of its files and dtypes, those of its subfolders too', async () => {
    const path = await folder()
    await mkdir(join(path, 'mine'))
    await writeFile(join(path, 'mine', 'first.safetensors'), references[0].bytes)
    await writeFile(join(path, 'notes.txt'), 'not a case')
    const [own, more] = [await suite(), await suite(path)]
    const ids = new Set(own.map(({ id }) => id))
    expect(more.map(({ id }) => id).filter((id) => !ids.has(id))).toEqual([
      'reference/mine/first/float32',
      'reference/mine/first/float64',
    ])
    expect(ids.has('reference/conv2d_groups/float32')).toBe(true)
  })

  test('that does not exist, holds no file, or one with a name that is taken, is refused', async () => {
    const path = await folder()
    await expect(readReferences(join(path, 'nowhere'))).rejects.toThrow(ConfigError)
    await expect(readReferences(path)).rejects.toThrow('no .safetensors file is in')
    await writeFile(join(path, 'adam.safetensors'), references[0].bytes)
    await expect(readReferences(path)).rejects.toThrow('comes with the suite is called adam.safetensors too')
  })
})

test('files written by another program survive a round trip', () => {
  for (const { bytes } of references) {
    const { tensors, metadata } = readSafetensors(bytes)
    const again = readSafetensors(writeSafetensors(tensors, metadata))
    expect(again.metadata).toEqual(metadata)
    expect([...again.tensors.keys()].sort()).toEqual([...tensors.keys()].sort())
    for (const [name, { shape, data }] of tensors) {
      expect(again.tensors.get(name)?.shape).toEqual(shape)
      const back = again.tensors.get(name)?.data ?? new Float64Array(0)
      expect(Buffer.from(back.buffer).equals(Buffer.from(data.buffer))).toBe(true)
    }
  }
})
