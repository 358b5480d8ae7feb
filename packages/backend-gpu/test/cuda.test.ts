import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Backend, ConfigError } from '@convkit/api'
import { collect, runConformance } from '@convkit/conformance'
import { suite } from '@convkit/conformance/node'
import { describeConformance } from '@convkit/conformance/vitest'
import { createGraph } from '@convkit/onnx'
import * as onnxruntime from 'onnxruntime-node'
import { afterAll, describe, expect, test } from 'vitest'
import { createGpu, type GpuOptions } from '../src/index.js'
import { createCuda, cudaArithmetic, openCuda, tryCuda } from '../src/providers/cuda.js'
import { cards, cudaLibrary, hasDriver, missingLibraries } from '../src/providers/cudaLibraries.js'
import { createCudaDouble } from './support/cudaDouble.js'
import { train } from './support/net.js'

const folder = mkdtempSync(join(tmpdir(), 'convkit-cuda-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function file(path: string, text = ''): Promise<string> {
  const full = join(folder, path)
  await mkdir(dirname(full), { recursive: true })
  await writeFile(full, text)
  return full
}

const double = createCudaDouble()
const ieee = { unitRoundoff: 2 ** -24, subnormals: 'kept', nonFinite: 'ieee', deterministic: true } as const

/** The graphs that a card would get, computed on the processor, and so held to what the processor can do. */
function onProcessor(): Promise<Backend> {
  return createGpu({ provider: { ...createCuda(double.runtime, 'a double'), arithmetic: ieee } })
}

describeConformance('cuda, its graphs on the processor', onProcessor, { runs: 4, checks: await suite() })

describe('a session for a card', () => {
  test('is strict, and was made only of what has a kernel there', async () => {
    const backend = await onProcessor()
    await train(backend, 2)
    await backend.close?.()
    for (const { options } of double.sessions)
      expect(options).toMatchObject({
        executionProviders: [{ name: 'cuda', deviceId: 0 }],
        extra: { session: { disable_cpu_ep_fallback: '1' } },
      })
    const operators = new Set(double.sessions.flatMap((session) => [...session.operators]))
    expect([...operators]).toEqual(expect.arrayContaining(['Conv', 'Gemm', 'ReduceSum', 'Where']))
  })

  test('leaves nothing on the device, which onnxruntime cannot do for it in Node', async () => {
    const backend = await onProcessor()
    const storage = backend.alloc(2, 'float32')
    backend.write(storage, Float32Array.of(1, 2))
    expect(await backend.read(storage)).toEqual(Float32Array.of(1, 2))
    expect(double.sessions.flatMap(({ options }) => Object.keys(options))).not.toContain('preferredOutputLocation')
    await backend.close?.()
  })

  test('runs ten steps, whose losses are those of single ones, bit for bit', async () => {
    const losses = async (options: GpuOptions) => {
      const backend = await createGpu({ provider: createCuda(double.runtime, 'a double'), ...options })
      const trained = await train(backend, 25)
      await backend.close?.()
      return { losses: trained.losses, runs: backend.counts.runs }
    }
    const from = double.sessions.length
    const together = await losses({})
    expect(double.sessions.slice(from).filter(({ operators }) => operators.has('Loop'))).toHaveLength(1)
    const single = await losses({ stepsPerRun: 1 })
    expect(together.losses).toEqual(single.losses)
    expect(together.runs).toBeLessThan(single.runs - 15)
  })

  test('a node without a kernel is refused, as on a card', async () => {
    const graph = createGraph({ opset: 18 })
    const x = graph.input('x', 'bool', [1])
    const times = graph.constant(BigInt64Array.of(2n), [1])
    graph.output(graph.node('Tile', [x, times], {}, [{ dtype: 'bool', shape: [2] }])[0], 'y')
    const spec = { model: graph.encode(), inputs: [], outputs: [] }
    await expect(createCuda(double.runtime, '').createSession(spec)).rejects.toThrow('no kernel Tile of BOOL')
  })
})

describe('without what it needs', () => {
  test('a machine of another kind is told so', async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform')
    Object.defineProperty(process, 'platform', { value: 'darwin' })
    try {
      await expect(openCuda({})).rejects.toThrow(/cuda runs in Node on Linux x64 only, this is darwin/)
    } finally {
      if (platform) Object.defineProperty(process, 'platform', platform)
    }
  })

  test('the library that is not installed, and how to install and check it', async () => {
    await file('bare/bin/napi-v6/linux/x64/libonnxruntime.so.1')
    const failure = tryCuda(onnxruntime, join(folder, 'bare'))
    await expect(failure).rejects.toThrow(ConfigError)
    await expect(failure).rejects.toThrow(
      /^gpu: provider cuda: onnxruntime's CUDA library is not installed\n.*script\/install\.js --onnxruntime-node-install\n.*nvidia-smi.*cuDNN 9.*ldd .*libonnxruntime_providers_cuda\.so \| grep 'not found'\)\nwithout such a card: provider webgpu/,
    )
  })

  test('a library that is there but does not load is told apart from it', async () => {
    await file('broken/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so', 'no library')
    const create = async () => {
      throw new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library')
    }
    const failing = { ...onnxruntime, InferenceSession: { create } } as unknown as typeof onnxruntime
    await expect(tryCuda(failing, join(folder, 'broken'))).rejects.toThrow(
      hasDriver()
        ? /^gpu: provider cuda: onnxruntime cannot use the card: .*Failed to load shared library\nit needs/
        : /^gpu: provider cuda: NVIDIA's driver is not there\nit needs/,
    )
  })

  test('a card that computes wrongly is refused', async () => {
    await file('wrong/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so')
    const { runtime } = createCudaDouble()
    await tryCuda(runtime, join(folder, 'wrong'))
    const session = { run: async () => ({ y: { data: [11] } }), release: async () => {} }
    const wrong = { ...runtime, InferenceSession: { create: async () => session } } as unknown as typeof runtime
    await expect(tryCuda(wrong, join(folder, 'wrong'))).rejects.toThrow(ConfigError)
  })

  test('ldd says which libraries are missing', () => {
    expect(missingLibraries(process.execPath)).toEqual([])
    expect(missingLibraries(join(folder, 'gone'))).toEqual([])
  })
})

test('the card is named by its driver', async () => {
  expect(cards(join(folder, 'nothing'))).toBe('device 0')
  const version =
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version: 12.2.0\n'
  await file('driver/version', version)
  await file('driver/gpus/0000:01:00.0/information', 'Model: \t\t NVIDIA GeForce RTX 3090\nIRQ:   \t\t 155\n')
  expect(cards(join(folder, 'driver'))).toBe('NVIDIA GeForce RTX 3090, driver 550.54.14')
  await file('driver/gpus/0000:02:00.0/information', 'Model: \t\t NVIDIA A100\n')
  expect(cards(join(folder, 'driver'))).toBe('device 0 of NVIDIA GeForce RTX 3090, NVIDIA A100, driver 550.54.14')
  expect(cudaLibrary(join(folder, 'wrong'))).toBe(
    join(folder, 'wrong/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so'),
  )
})

test('it promises no more than is known without a card', async () => {
  expect(createCuda(double.runtime, '').arithmetic).toBe(cudaArithmetic)
  expect(cudaArithmetic).toMatchObject({ unitRoundoff: 2 ** -24, deterministic: false, nonFinite: 'unspecified' })
})

test('it claims as many checks as docs/cuda-checklist.md says', async () => {
  const passes = async () => ({ cases: 1, refusals: [], failure: null })
  const checks = (await suite()).map((check) => ({ ...check, run: passes }))
  const open = () => createGpu({ provider: createCuda(double.runtime, 'a double') })
  const { score } = await collect(runConformance(open, { checks }))
  expect(score).toEqual({ passed: 689, claimed: 689, unclaimed: 229 })
})
