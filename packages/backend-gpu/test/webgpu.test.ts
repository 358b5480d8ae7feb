import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@convkit/api'
import { collect, failuresOf, runConformance, trainingRun } from '@convkit/conformance'
import { InferenceSession } from 'onnxruntime-node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGpu, type Gpu } from '../src/index.js'
import { batchSize, imageBytes, train } from './support/net.js'

const adapter = await findAdapter()
const { platform, arch, env } = process
const software = platform === 'linux' && arch === 'x64' && /swiftshader/.test(env.VK_ICD_FILENAMES ?? '')
// Here the test script brings a software adapter along, so that there is one.
if (typeof adapter === 'string' && platform === 'linux' && arch === 'x64') throw new Error(adapter)

// `npm run conformance` holds its kernels to the suite.
describe.skipIf(typeof adapter === 'string')('WebGPU in Node', () => {
  const open = () => createGpu({ provider: 'webgpu' })
  afterEach(() => vi.restoreAllMocks())

  it('says what it runs on, and that it is software where it is', async () => {
    const backend = await open()
    expect(backend.description).toMatch(/^onnxruntime [\d.]+, WebGPU in Node, /)
    if (software) expect(backend.description).toMatch(/SwiftShader, a software adapter$/)
    await backend.close?.()
  })

  it('trains a hundred steps in two programs; only images, labels and hyperparameters go up, and losses come down', async () => {
    const backend = await open()
    let before = { ...backend.counts }
    const { stateBytes } = await train(backend, 100, {
      onStart() {
        before = { ...backend.counts }
      },
    })
    expect(backend.counts).toMatchObject({ compiled: 2, runs: 101 })
    const [up, down] = [backend.counts.uploaded - before.uploaded, backend.counts.downloaded - before.downloaded]
    expect(down).toBe(100 * 4)
    const fed = up - 100 * (imageBytes + 4 * batchSize)
    // The state goes up once.
    expect(fed).toBeGreaterThan(0)
    expect(fed).toBeLessThan(2 * stateBytes + 100 * 100)
    await backend.close?.()
  })

  it('gives back what stayed on the device', async () => {
    const { webgpu, cpu } = { webgpu: await open(), cpu: await createGpu({ provider: 'cpu' }) }
    const losses = async (backend: Gpu) => (await train(backend, 20)).losses
    const [got, expected] = [await losses(webgpu), await losses(cpu)]
    for (const [k, loss] of got.entries()) expect(loss).toBeCloseTo(expected[k] ?? Number.NaN, 4)
    await webgpu.close?.()
    await cpu.close?.()
  })

  it('runs every node of a training step on the adapter, by the profile of onnxruntime', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'convkit-profile-'))
    const sessions: InferenceSession[] = []
    const create = InferenceSession.create.bind(InferenceSession)
    vi.spyOn(InferenceSession, 'create').mockImplementation(async (model: unknown, options: unknown) => {
      const profiled = { ...Object(options), enableProfiling: true, profileFilePrefix: join(folder, 'run') }
      const session = await create(model as Uint8Array, profiled)
      sessions.push(session)
      return session
    })
    const backend = await open()
    await train(backend, 2)
    for (const session of sessions) session.endProfiling()
    const events = (await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8'))))
      .flatMap((text): Event[] => JSON.parse(text))
      .filter(({ name }) => name.endsWith('_kernel_time'))
    const providers = new Set(events.map(({ args }) => args.provider))
    expect([...providers]).toEqual(['WebGpuExecutionProvider'])
    expect(new Set(events.map(({ args }) => args.op_name))).toContain('ConvTranspose')
    await backend.close?.()
    await rm(folder, { recursive: true })
  })

  it('trains by the one-step rule and the curve rule for a hundred steps', async () => {
    const checks = [trainingRun('float32', 100)]
    const report = await collect(runConformance(open, { checks, timeLimit: 120_000 }))
    expect(failuresOf(report).map(({ failure }) => failure?.message)).toEqual([])
    expect(report.score).toEqual({ passed: 1, claimed: 1, unclaimed: 0 })
  })
})

interface Event {
  readonly name: string
  readonly args: { readonly provider?: string; readonly op_name?: string }
}

/** True, or why there is none. */
async function findAdapter(): Promise<true | string> {
  try {
    const backend = await createGpu({ provider: 'webgpu' })
    await backend.close?.()
    return true
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
