import type { Data } from '@convkit/api'
import type { AnyDataset } from '@convkit/data'
import { evaluateValues, type Model } from '@convkit/nn'
import type { Strip } from '../charts/content.js'
import { reconstructions } from '../evaluation/reconstructions.js'
import { reconstructionText } from '../evaluation/reconstructionText.js'
import { itself } from '../trainingData.js'

/** What a model that gives images makes of a set. */
export interface Reconstruction {
  readonly meanSquaredError: number
  readonly pictures: Strip
}

/** Images that are shown, from all over the set, whose classes may stand one after another. */
const shown = 12

export async function reconstruct(model: Model, set: AnyDataset, mean: Data): Promise<Reconstruction> {
  const [n] = set.shape
  const { meanSquaredError, best: all } = await evaluateValues(model, itself(set), { worst: n })
  const rows = new Set(Array.from({ length: shown }, (_, i) => Math.floor((i * n) / shown)))
  const examples = all.filter(({ index }) => rows.has(index)).toSorted((a, b) => a.index - b.index)
  const texts = examples.map((own) => ({ index: own.index, text: reconstructionText({ paths: null }, own) }))
  return { meanSquaredError, pictures: await reconstructions(model, set, mean, texts) }
}
