import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { lines, losses, smallNet } from './support/training.js'

let data: string
const train = (batchSize: string, ...more: readonly string[]) =>
  convkit(...smallNet(data), '--test', '0', '--epochs', '1', '--batch-size', batchSize, ...more)

beforeAll(async () => {
  data = await photos(5, 8)
  for (let i = 1; i < 5; i++) await rm(join(data, 'green', `${i}.png`))
})

describe('what a training does not show', () => {
  const absent = 'the validation set has no row of 1 of 3 classes: green'

  it('is told in one line each, on stderr', async () => {
    const { code, stderr } = await train('5')
    expect(code).toBe(0)
    expect(stderr).toBe(
      `warning: ${absent}\nwarning: each epoch leaves out 4 of the 9 training rows, which fill no batch of 5; batches of 4 leave out 1\n`,
    )
  })

  it('is a line of --json, before the first loss or with it', async () => {
    const outcome = await train('3', '--weight-scale', '1', '--json')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const told = lines(outcome).filter(({ type }) => type === 'warning')
    expect(told).toEqual([
      { type: 'warning', warning: absent },
      { type: 'warning', warning: expect.stringMatching(/^the first loss is \d+.*, far above ln 3 = 1\.099, /) },
    ])
    expect(lines(outcome)[2]).toEqual(told[1])
  })

  it('is nothing for the model that the help shows, on pixels of 0..255 less their mean', async () => {
    const { stdout } = await convkit('train', '--help')
    const [, shown = ''] = stdout.split('convkit.config.ts:\n')
    const library = JSON.stringify(fileURLToPath(new URL('../../convkit/src/index.ts', import.meta.url)))
    const config = await folder({
      'convkit.config.ts': shown.replace("'convkit'", library).replace('units: 10', 'units: 3'),
    })
    const set = await photos(10, 32)
    const model = ['--config', join(config, 'convkit.config.ts'), '--backend', 'naive']
    const run = [
      'train',
      '--data',
      set,
      '--image-size',
      '32',
      '--batch-size',
      '9',
      '--epochs',
      '1',
      '--test',
      '0',
      '--json',
    ]
    const outcome = await convkit(...run, ...model)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(lines(outcome).filter(({ type }) => type === 'warning')).toEqual([])
    expect(losses(outcome).get(1)).toBeLessThan(Math.log(3) + 2)
  })
})
