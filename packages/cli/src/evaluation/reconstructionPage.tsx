import type { Strip } from '../charts/content.js'
import { StripView } from '../charts/views.js'
import { renderEvaluation } from './document.js'
import { type EvaluatedImages, errorText } from './reconstructionText.js'

/** The page of a model that gives images. */
export function renderReconstructionPage(
  evaluated: EvaluatedImages,
  backend: string,
  worst: Strip,
  best: Strip,
): string {
  const { file, model, title, result } = evaluated
  const summary = `The mean squared error of ${result.images} images is ${errorText(result.meanSquaredError)}`
  return renderEvaluation(
    { file, model, title, backend, summary, pictureWidth: '17rem' },
    <>
      <section>
        <h2>The worst reconstructions</h2>
        <StripView strip={worst} />
      </section>
      <section>
        <h2>The best reconstructions</h2>
        <StripView strip={best} />
      </section>
    </>,
  )
}
