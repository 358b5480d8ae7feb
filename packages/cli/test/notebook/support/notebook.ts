import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { runSections } from '../../../src/notebook/run.js'
import type { Notebook, Ran, Section } from '../../../src/notebook/section.js'
import { sections } from '../../../src/notebook/sections.js'
import { syntheticData } from './syntheticData.js'

/** A notebook on naive, with synthetic data and a small photograph. */
export function createNotebook(changes: Partial<Notebook> = {}): Notebook {
  const random = new Random(7)
  const data = Float32Array.from({ length: 3 * 12 * 12 }, () => random.integer(256))
  return {
    backend: createNaive(),
    baseline: createNaive(),
    dtype: 'float32',
    seed: 231,
    length: 'full',
    images: [{ title: 'noise', image: { data, shape: [1, 3, 12, 12] } }],
    data: syntheticData(),
    onProgress() {},
    onWarning() {},
    handedOn: { filters: null },
    ...changes,
  }
}

/** Runs the sections with these ids, or those given. */
export async function runAll(notebook: Notebook, asked: readonly string[] | readonly Section[]): Promise<Ran[]> {
  const chosen = asked.flatMap((one) => (typeof one === 'string' ? sections.filter(({ id }) => id === one) : [one]))
  const finished: Ran[] = []
  for await (const section of runSections(notebook, chosen)) finished.push(section)
  return finished
}

export const sectionIds = sections.map(({ id }) => id)
