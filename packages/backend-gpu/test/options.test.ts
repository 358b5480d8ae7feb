import { expect, it } from 'vitest'
import { createGpu } from '../src/index.js'

it('createGpu takes true and false alone for debug', async () => {
  await expect(createGpu(Object({ debug: 'no' }))).rejects.toThrow('gpu: debug must be true or false, got no')
})

it('createGpu refuses an option whose name is not known', async () => {
  for (const name of ['provider', 'threads', 'stepsPerRun', 'debug', 'programs', 'recorded'])
    await expect(createGpu(Object({ [`${name}x`]: 1 }))).rejects.toThrow(
      `gpu: there is no option ${name}x; did you mean ${name}?`,
    )
})
