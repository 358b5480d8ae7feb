import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@convkit/bench'
import { recipeNames } from 'convkit/training'
import { describe, expect, test } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { recipeWorkloads } from '../src/bench/recipes.js'
import { convkit } from './support/convkit.js'

const workload = {
  kind: 'layer',
  name: 'mine',
  title: 'a relu of mine',
  group: 'layers',
  layer: 'relu',
  inputs: { x: ['n', 100] },
  sizes: { small: { n: 2 }, large: { n: 20 } },
}

/** Naive in another coat: right, or with every relu of the wrong sign. */
const module = (sign: 1 | -1) => `
import { createNaive } from '${import.meta.resolve('@convkit/backend-naive')}'
export function createBackend() {
  const naive = createNaive()
  const { relu } = naive.kernels.float32
  const forward = (d, x, y) => {
    relu.forward(d, x, y)
    for (let i = 0; i < y.length; i++) y[i] *= ${sign}
  }
  return { ...naive, name: 'own', kernels: { float32: { relu: { ...relu, forward } } } }
}
`

async function bench(sign: 1 | -1, ...args: readonly string[]) {
  const dir = await folder({ 'own.mjs': module(sign), 'mine.json': JSON.stringify(workload) })
  const outcome = await convkit(
    ...['bench', join(dir, 'own.mjs'), '--quick', '--workload', join(dir, 'mine.json')],
    ...args.map((arg) => arg.replace('DIR', dir)),
  )
  return { ...outcome, read: (file: string) => readFile(join(dir, file), 'utf8'), dir }
}

describe('a stranger’s backend on a stranger’s workload', () => {
  test('is measured and written in every form, and a later run is held against it', async () => {
    const files = ['--json', 'DIR/a.json', '--markdown', 'DIR/docs/speed.md', '--html', 'DIR/speed.html']
    const { code, stdout, stderr, read, dir } = await bench(1, ...files)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/a relu of mine, small +\| forward/)
    expect(stdout).toMatch(/own\.mjs float64 +\| all +\| it has no kernels in float64/)

    const report: Report = JSON.parse(await read('a.json'))
    expect(
      report.measurements.map(({ workload, pass, status, milliseconds }) => [
        `${workload} ${pass}`,
        status,
        milliseconds.length >= 3,
      ]),
    ).toEqual(
      ['small', 'large'].flatMap((size) =>
        ['forward', 'backward'].flatMap((pass) => Array(2).fill([`mine ${size} ${pass}`, 'measured', true])),
      ),
    )
    expect(report.environment.commit).toMatch(/^[0-9a-f]+/)
    expect(await read('docs/speed.md')).toContain('a relu of mine, large')
    expect(await read('docs/speed/roofline.svg')).toMatch(/^<svg xmlns=/)
    const page = await read('speed.html')
    expect(page).toContain('a relu of mine, large')
    expect(page).not.toMatch(/NaN|<script|https?:\/\/(?!www\.w3\.org)/)

    const shown = await convkit('bench', '--from', join(dir, 'a.json'))
    expect(shown.stdout).toBe(stdout)
    const same = await convkit('bench', '--compare', join(dir, 'a.json'), join(dir, 'a.json'))
    expect(same.stdout).toMatch(/^0 of 8 rows changed: 0 slower, 0 faster$/m)
    // The machine may be as busy as it likes: times are given here.
    const steady = async (file: string, ms: number) => {
      const measurements = report.measurements.map((one) => ({
        ...one,
        milliseconds: Array(15).fill(one.contender.includes('own') ? ms : 50),
      }))
      await writeFile(join(dir, file), JSON.stringify({ ...report, measurements }))
      return join(dir, file)
    }
    const held = async (file: string) => {
      const { code, stdout } = await convkit('bench', '--from', file, '--gate', join(dir, 'gate.json'))
      return [code, stdout.trim().split('\n').at(-1)]
    }
    await convkit('bench', '--from', await steady('b.json', 1), '--save-gate', join(dir, 'gate.json'))
    expect(await held(await steady('c.json', 1))).toEqual([0, 'gate: 0 of 4 rows have become slower'])
    expect(await held(await steady('d.json', 1.25))).toEqual([1, 'gate: 4 of 4 rows have become slower'])
  })

  test('gets no speed where it is wrong, and the run fails', async () => {
    const { code, stdout } = await bench(-1)
    expect(code).toBe(1)
    expect(stdout).toMatch(/failed: mine small on .*own\.mjs float32: relu: speed: y\[/)
    expect(stdout).toMatch(/4 rows measured, 4 not/)
  })
})

test('the net of every recipe that has layers and classes is a workload', async () => {
  for (const name of recipeNames) {
    if (name === 'notebook' || name === 'autoencoder') continue
    const workloads = await recipeWorkloads(name, [100, 7])
    expect(workloads.map(({ title }) => title)).toEqual([`${name}, 100 images`, `${name}, 7 images`])
    expect(workloads).toMatchObject([{ batchSize: 100, heldBatchSize: 2 }, { heldBatchSize: 1 }])
  }
})

test.each([
  [['--only', 'conv2'], /no workload conv2; did you mean conv2d\? \(known: GEMM, /],
  [['naive'], /naive float64 is what all are measured against/],
  [['--compare', 'a.json'], /--compare: expected two reports, got 1/],
  [['--from', 'package.json'], /package\.json: is no report of this benchmark/],
  [['--peers', './nowhere.js'], /peers \.\/nowhere\.js: there is no file/],
  [['--recipe', 'autoencoder'], /--recipe autoencoder: the benchmark trains nets that tell classes apart/],
  [['--batch-size', '4'], /--batch-size: expected --recipe/],
  [['--pytorch', 'python3'], /--pytorch: expected --recipe/],
  [['--recipe', 'notebook'], /--recipe notebook: its ThreeLayerConvNet is the workload W7/],
  [['--recipe', 'lenet', '--batch-size', 'all'], /--batch-size: expected a whole number from 1 to 100000, got "all"/],
  [['--recipe', 'lenet', '--pytorch', './no-python'], /pytorch: \.\/no-python cannot import torch \(.*ENOENT\)/],
  [['--workload', 'package.json'], /workload package\.json: /],
])('convkit bench %j is a usage error', async (args, message) => {
  const { code, stderr } = await convkit('bench', ...args)
  expect(code).toBe(2)
  expect(stderr.replaceAll('\n', ' ')).toMatch(message)
})
