import type { Data } from '@convkit/api'
import { sizeOf } from '@convkit/api'
import { type AnyDataset, readRow } from '@convkit/data'
import { encodeImage } from '@convkit/datasets'
import type { Picture, Strip } from '../charts/content.js'
import { type Evaluated, exampleName, exampleText } from './text.js'

/** Pixels of a picture's longer side on the page, at least. */
const shown = 128

/** How many pixels of a page a pixel of a picture takes, along each side. */
export function scaleOf(height: number, width: number): number {
  return Math.max(1, Math.round(shown / Math.max(height, width)))
}

/** The worst examples as pictures: `set` less `mean`, which is added again. */
export async function worstPictures(evaluated: Evaluated, set: AnyDataset, mean: Data | undefined): Promise<Strip> {
  const [, channels, height, width] = set.shape
  const scale = scaleOf(height, width)
  const row = new Float32Array(sizeOf([channels, height, width]))
  const pictures: Picture[] = []
  for (const example of evaluated.result.worst) {
    readRow(set, example.index, row)
    const data = row.map((value, i) => value + (mean?.[i] ?? 0))
    const png = await encodeImage({ data, shape: [channels, height, width] }, 'png')
    const name = exampleName(evaluated, example)
    const text = exampleText(evaluated, example)
    pictures.push({
      png,
      alt: `${name}: ${text}`,
      width: scale * width,
      height: scale * height,
      caption: `${name}: ${text}`,
    })
  }
  return { caption: 'What the model was most wrong about, the worst first; often a wrong label.', pictures }
}
