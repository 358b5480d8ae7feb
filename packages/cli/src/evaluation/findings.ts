import { DataError } from '@convkit/api'
import type { AnyDataset, ViewOptions } from '@convkit/data'
import { evaluate, evaluateValues, type SavedModel, type ValueExample } from '@convkit/nn'
import { progressBar } from '../terminal.js'
import { itself } from '../trainingData.js'
import type { EvaluationData } from './data.js'
import { reconstructionJson, reconstructionLines, reconstructionText } from './reconstructionText.js'
import { evaluationJson, evaluationLines } from './text.js'

export interface EvaluationRun {
  readonly file: string
  readonly saved: SavedModel
  readonly data: EvaluationData
  readonly worst: number
  readonly views: ViewOptions | undefined
  readonly quiet: boolean
}

/** What there is to tell. Plots take a second to load, so a page is made where it is wanted alone. */
export interface Findings {
  readonly lines: readonly string[]
  readonly json: object
  page(backend: string): Promise<string>
}

export async function ofClasses({ file, saved, data, worst, views, quiet }: EvaluationRun): Promise<Findings> {
  const { model, card } = saved
  const { set, title, classNames, paths } = data
  const options = { worst, ...(views && { views }) }
  const result = await measured(file, set, quiet, (onProgress) => evaluate(model, set, { ...options, onProgress }))
  const evaluated = { file, model: model.name, title, classNames, paths, result }
  return {
    lines: evaluationLines(evaluated),
    json: evaluationJson(evaluated),
    async page(backend) {
      const [{ renderEvaluationPage }, { worstPictures }] = await Promise.all([
        import('./page.js'),
        import('./pictures.js'),
      ])
      return renderEvaluationPage(evaluated, backend, await worstPictures(evaluated, set, card.meanImage?.data))
    },
  }
}

export async function ofImages({ file, saved, data, worst, quiet }: EvaluationRun): Promise<Findings> {
  const { model, card } = saved
  const { set, title, paths } = data
  const result = await measured(file, set, quiet, (onProgress) =>
    evaluateValues(model, itself(set), { worst, onProgress }),
  )
  const evaluated = { file, model: model.name, title, paths, result }
  return {
    lines: reconstructionLines(evaluated),
    json: reconstructionJson(evaluated),
    async page(backend) {
      const [{ renderReconstructionPage }, { reconstructions }] = await Promise.all([
        import('./reconstructionPage.js'),
        import('./reconstructions.js'),
      ])
      const strip = (examples: readonly ValueExample[]) => {
        const rows = examples.map((own) => ({ index: own.index, text: reconstructionText(evaluated, own) }))
        return reconstructions(model, set, card.meanImage?.data, rows)
      }
      return renderReconstructionPage(evaluated, backend, await strip(result.worst), await strip(result.best))
    },
  }
}

/** Shows how far it is; a `DataError` names the file. */
async function measured<Result>(
  file: string,
  { shape: [images] }: AnyDataset,
  quiet: boolean,
  work: (onProgress: (done: number) => void) => Promise<Result>,
): Promise<Result> {
  const bar = progressBar(images, quiet)
  try {
    return await work((done) => bar.update(done, `${done} images`))
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw new DataError(`${file}: ${cause.message}`, { cause })
  } finally {
    bar.stop()
  }
}
