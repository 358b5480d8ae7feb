import { ConfigError } from '@convkit/api'
import { expect, it } from 'vitest'
import { createGpu } from '../src/index.js'

it('createGpu takes true and false alone for debug', async () => {
  await expect(createGpu(Object({ debug: 'no' }))).rejects.toThrow('gpu: debug must be true or false, got no')
})

it('createGpu refuses an option whose name is not known', async () => {
  for (const name of ['provider', 'threads', 'stepsPerRun', 'debug', 'programs', 'recorded', 'wasmUrl'])
    await expect(createGpu(Object({ [`${name}x`]: 1 }))).rejects.toThrow(
      `gpu: there is no option ${name}x; did you mean ${name}?`,
    )
})

it('createGpu refuses what does nothing here, and debug that is neither on nor off', async () => {
  await expect(createGpu({ wasmUrl: '/ort/' })).rejects.toThrow(
    new ConfigError('gpu: wasmUrl says where provider webgpu finds onnxruntime-web in a page; Node needs none'),
  )
  await expect(createGpu({ provider: 'cpu', debug: 'no' as never })).rejects.toThrow(
    new ConfigError('gpu: debug must be true or false, got no'),
  )
})
