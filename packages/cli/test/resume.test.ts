import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { ownBackend } from '../../convkit/test/support/ownBackend.js'
import { convkit, type Outcome, spawnConvkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { lines, losses, smallRun } from './support/training.js'

const config = fileURLToPath(new URL('fixtures/ownModel/convkit.config.ts', import.meta.url))

let data: string
let small: () => string[]
beforeAll(async () => {
  data = await photos(20, 8)
  small = () => smallRun(data)
})

/** Every loss that was printed is the unbroken run's, and between them they are all of it. */
function expectSame(parts: readonly Pick<Outcome, 'stdout'>[], whole: Pick<Outcome, 'stdout'>): void {
  const wanted = losses(whole)
  const got = new Map<number, unknown>()
  for (const part of parts)
    for (const [iteration, loss] of losses(part)) {
      expect({ iteration, loss }).toEqual({ iteration, loss: wanted.get(iteration) })
      got.set(iteration, loss)
    }
  expect(got.size).toBe(wanted.size)
  expect(
    lines(parts.at(-1) ?? whole)
      .filter(({ type }) => type === 'epoch')
      .at(-1),
  ).toEqual(
    lines(whole)
      .filter(({ type }) => type === 'epoch')
      .at(-1),
  )
}

describe('a run that was broken off', () => {
  // As `ownBackend`, but the process kills itself inside the first allocation after n steps: in the middle of a step.
  const killer = (n: number) => `${ownBackend}
    let steps = 0
    const { alloc } = backend
    backend.mark = () => { steps++ }
    backend.alloc = (...args) => {
      if (steps === ${n}) process.kill(process.pid, 'SIGKILL')
      return alloc(...args)
    }`

  it('goes on bit for bit after kill -9 in mid-epoch, however often', async () => {
    const cwd = await folder({ 'first.mjs': killer(13), 'second.mjs': killer(9) })
    // The killers compute on naive, so the others have to.
    const args = [
      'train',
      '--config',
      config,
      '--backend',
      'naive',
      '--data',
      data,
      '--test',
      '0',
      '--epochs',
      '3',
      '--json',
    ]
    const kept = [...args, '--checkpoint', 'run.safetensors', '--checkpoint-every', '4', '--resume']
    const [whole, first] = await Promise.all([
      spawnConvkit(args, { cwd }),
      spawnConvkit([...kept, '--backend', './first.mjs'], { cwd }),
    ])
    const second = await spawnConvkit([...kept, '--backend', './second.mjs'], { cwd })
    const last = await spawnConvkit(kept, { cwd })
    expect([first.signal, second.signal]).toEqual(['SIGKILL', 'SIGKILL'])
    expect([whole.code, last.code]).toEqual([0, 0])
    // Nine iterations an epoch, a checkpoint every four and after each epoch.
    expect([first, second].map((part) => Math.max(...losses(part).keys()))).toEqual([13, 21])
    expect([second, last].map((part) => lines(part)[0]?.iteration)).toEqual([12, 20])
    expectSame([first, second, last], whole)
  })

  it('stops cleanly on Ctrl-C, saves, exits with 130 and goes on bit for bit', async () => {
    const cwd = await folder()
    const args = [...small(), '--checkpoint', join(cwd, 'run.safetensors')]
    const stopped = await spawnConvkit([...args, '--epochs', '100000'], {
      cwd,
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    })
    expect(stopped).toMatchObject({ code: 130, signal: null, stderr: '' })
    const { iteration = 0 } = lines(stopped).at(-1) ?? { type: 'none' }
    expect(lines(stopped).at(-1)).toMatchObject({ type: 'done', aborted: true })
    const epochs = `${Math.floor(iteration / 9) + 1}`
    const resumed = await convkit(...args, '--epochs', epochs, '--resume')
    expect(lines(resumed)[0]).toMatchObject({ type: 'start', iteration })
    expectSame([stopped, resumed], await convkit(...small(), '--epochs', epochs))
  })
})

describe('a checkpoint', () => {
  let checkpoint: string
  beforeAll(async () => {
    checkpoint = join(await folder(), 'run.safetensors')
    await convkit(...small(), '--checkpoint', checkpoint)
  })

  it('that is truncated or has one flipped bit gives one clear line', async () => {
    const bytes = await readFile(checkpoint)
    const damaged = [
      bytes.subarray(0, 4),
      bytes.subarray(0, bytes.length / 2),
      bytes.subarray(0, -1),
      ...[0.001, 0.1, 0.3, 0.5, 0.7, 0.999].map((part) => {
        const flipped = Buffer.from(bytes)
        const at = Math.floor(part * bytes.length)
        flipped[at] = (bytes[at] ?? 0) ^ 4
        return flipped
      }),
    ]
    for (const content of damaged) {
      const path = join(await folder({ 'run.safetensors': content }), 'run.safetensors')
      const { code, stdout, stderr } = await convkit(...small(), '--epochs', '2', '--checkpoint', path, '--resume')
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^convkit: .*run\.safetensors[^\n]*\n$/)
      expect(await readFile(path)).toEqual(content)
    }
  })

  it('is never overwritten by a run that does not resume it', async () => {
    const before = await readFile(checkpoint)
    const { code, stderr } = await convkit(...small(), '--checkpoint', checkpoint)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists; add --resume/) })
    expect(await readFile(checkpoint)).toEqual(before)
  })

  it('of another run is refused with the difference', async () => {
    const { code, stderr } = await convkit(...small(), '--learning-rate', '0.5', '--checkpoint', checkpoint, '--resume')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/learningRate was 0\.001 and is 0\.5/),
    })
  })

  it("of a model of the configuration's is refused where one layer's option differs", async () => {
    const nn = new URL('../../nn/src/index.ts', import.meta.url).href
    const home = await folder()
    const file = join(home, 'own.safetensors')
    const run = async (p: number) => {
      const own = await folder({
        'convkit.config.ts': `import { layers, Sequential } from '${nn}'
          export default { model: (backend, options) => new Sequential(backend, { ...options, input: [3, 8, 8],
            layers: [layers.dropout({ p: ${p} }), layers.affine({ units: 3 })] }) }`,
      })
      return convkit(...small(), '--config', join(own, 'convkit.config.ts'), '--checkpoint', file, '--resume')
    }
    expect(await run(0.2)).toMatchObject({ code: 0 })
    expect(await run(0.2)).toMatchObject({ code: 0 })
    const { code, stderr } = await run(0.3)
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/dropout1\.p was 0\.2 and is 0\.3/),
    })
  })

  it('of a finished run has nothing left to do, unless there are more epochs', async () => {
    const again = await convkit(...small(), '--checkpoint', checkpoint, '--resume')
    expect(losses(again).size).toBe(0)
    const more = await convkit(...small(), '--epochs', '2', '--checkpoint', checkpoint, '--resume')
    expect([...losses(more).keys()][0]).toBe(10)
    const whole = await convkit(...small(), '--epochs', '2')
    for (const [iteration, loss] of losses(more)) expect(loss).toBe(losses(whole).get(iteration))
  })
})
