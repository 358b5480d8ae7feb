import type { Evaluation } from '@convkit/nn'
import { drawConfusion } from '../charts/confusion.js'

export function ConfusionView({
  title,
  confusion,
  classNames,
}: Pick<Evaluation, 'confusion'> & { readonly title: string; readonly classNames: readonly string[] }) {
  return (
    <section>
      <h2>{title}</h2>
      <figure class="scroll">
        <div dangerouslySetInnerHTML={{ __html: drawConfusion(confusion, classNames) }} />
        <figcaption>Rows are classes, columns what their images were taken for. The diagonal is right.</figcaption>
      </figure>
    </section>
  )
}
