import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { lines, losses, smallRun } from './support/training.js'

let data: string
let out: string
beforeAll(async () => {
  data = await photos(20, 8)
  out = await folder()
})

const columns = 'step,epoch,loss,learningRate,imagesPerSecond,trainAccuracy,validationAccuracy,validationLoss'

/** The rows of a log, without what the clock measured. */
async function rowsOf(file: string): Promise<string[][]> {
  const [head, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(head).toBe(columns)
  return rows.map((row) => {
    const cells = row.split(',')
    expect(Number(cells[4])).toBeGreaterThan(0)
    return cells.toSpliced(4, 1)
  })
}

describe('--log', () => {
  it('is a row a step, in full precision, with what each check measured', async () => {
    const log = join(out, 'whole.csv')
    const args = ['--epochs', '2', '--schedule', 'cosine', '--log', log]
    const outcome = await convkit(...smallRun(data), ...args)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const rows = await rowsOf(log)
    expect(rows.map(([step]) => Number(step))).toEqual(Array.from({ length: 18 }, (_, i) => i + 1))
    expect(rows.map(([step, epoch]) => Number(epoch) === Math.floor(Number(step) / 9))).not.toContain(false)
    expect(new Map(rows.map(([step, , loss]) => [Number(step), Number(loss)]))).toEqual(losses(outcome))
    const printed = lines(outcome)
    for (const { type, iteration, ...own } of printed) {
      const row = rows[Number(iteration) - 1]?.slice(3).map((cell) => (cell === '' ? null : Number(cell)))
      if (type === 'loss') expect(row?.[0]).toBe(own.learningRate)
      if (type === 'epoch')
        expect(row?.slice(1)).toEqual([own.trainAccuracy, own.validationAccuracy, own.validationLoss])
    }
    expect(rows.filter((row) => row.at(-1) !== '').map(([step]) => step)).toEqual(['1', '9', '18'])
    expect(printed.at(-1)).toEqual({ type: 'saved', file: log })
  })

  it('has no row twice and none too few after a resume, whatever the file held', async () => {
    const paths = (name: string) => [
      '--log',
      join(out, `${name}.csv`),
      '--checkpoint',
      join(out, `${name}.safetensors`),
    ]
    const run = (name: string, ...more: readonly string[]) => convkit(...smallRun(data), ...paths(name), ...more)
    expect(await run('once', '--epochs', '2')).toMatchObject({ code: 0 })
    expect(await run('twice', '--epochs', '1')).toMatchObject({ code: 0 })
    // As of a run that was killed after it had written its table, and before its checkpoint.
    const file = join(out, 'twice.csv')
    await writeFile(file, `${await readFile(file, 'utf8')}10,1,0.5,0.001,10,,,\n`)
    expect(await run('twice', '--epochs', '2', '--resume')).toMatchObject({ code: 0 })
    expect(await rowsOf(file)).toEqual(await rowsOf(join(out, 'once.csv')))
  })

  it('does not overwrite a file without being told to go on, nor goes on with what is no log', async () => {
    const log = join(out, 'other.csv')
    const checkpoint = join(out, 'other.safetensors')
    await writeFile(log, 'a,b\n1,2\n')
    const args = [...smallRun(data), '--epochs', '1', '--log', log]
    expect(await convkit(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `convkit: --log: ${log} exists; name another file, or remove it\n`,
    })
    const resume = ['--checkpoint', checkpoint, '--resume']
    expect(await convkit(...args, ...resume)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /\n?convkit: --log: .*other\.csv: line 1 is "?a,b"?; expected a log of this command\n$/,
      ),
    })
    await writeFile(log, `${columns}\n1,0,2.3,0.1\n`)
    expect((await convkit(...args, ...resume)).stderr).toMatch(/other\.csv: line 2 is "?1,0,2\.3,0\.1"?; expected/)
  })
})

describe('--report', () => {
  it('is a page that needs nothing else, with curves, matrix, filters, options and machine', async () => {
    const report = join(out, 'run.html')
    const args = ['--epochs', '2', '--report', report, '--augment', 'flip,crop=1']
    const outcome = await convkit(...smallRun(data), ...args)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(lines(outcome).at(-1)).toEqual({ type: 'saved', file: report })
    const html = await readFile(report, 'utf8')
    for (const title of [
      'Loss of each iteration',
      'Accuracy after each epoch',
      'Validation loss',
      'Learning rate of each',
    ])
      expect(html).toContain(title)
    expect(html).toContain('Confusion matrix of 3 classes: ')
    expect(html).toContain('W1: 6 filters of 3 by 3 pixels')
    expect(html).toMatch(/--augment<\/th><td[^>]*>(&quot;|")flip,crop=1/)
    expect(html).toContain(`Node ${process.versions.node}`)
    expect(html).not.toMatch(/<script|(src|href)="(?!data:)|NaN|undefined/)
    // What is told of the run does not change it.
    expect(losses(outcome)).toEqual(
      losses(await convkit(...smallRun(data), '--epochs', '2', '--augment', 'flip,crop=1')),
    )
  })
})
