import { renderToStaticMarkup } from 'preact-render-to-string'
import type { Strip, Table } from '../charts/content.js'
import { style } from '../charts/style.js'
import { StripView, TableView } from '../charts/views.js'
import { ConfusionView } from './confusion.js'
import { className, type Evaluated, percent } from './text.js'

export interface EvaluationPage {
  readonly evaluated: Evaluated
  /** Where it was computed: `wasm (WebAssembly, ...)`. */
  readonly backend: string
  /** The worst examples. */
  readonly pictures: Strip
}

/** An evaluation as one HTML document that needs nothing else: no script, no request. */
export function renderEvaluationPage(page: EvaluationPage): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page page={page} />)}`
}

/** A caption is as wide as its picture. */
const own = '.strip figure { width: 9.5rem; overflow-wrap: anywhere; }'

function Page({ page: { evaluated, backend, pictures } }: { readonly page: EvaluationPage }) {
  const { file, model, title, result } = evaluated
  const { images, accuracy, loss } = result
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${file} on ${title}`}</title>
        <style dangerouslySetInnerHTML={{ __html: style + own }} />
      </head>
      <body>
        <header>
          <h1>
            {model} on {title}
          </h1>
          <p class="quiet">
            <code>{file}</code>, evaluated by convkit on {backend}.
          </p>
          <p class="summary">
            {percent(accuracy)} of {images} images are right; the mean loss is {loss.toFixed(4)}
          </p>
        </header>
        <main>
          <ConfusionView title="Confusion matrix" confusion={result.confusion} classNames={evaluated.classNames} />
          <section>
            <h2>Classes</h2>
            <TableView table={classTable(evaluated)} />
          </section>
          <section>
            <h2>The highest losses</h2>
            <StripView strip={pictures} />
          </section>
        </main>
      </body>
    </html>
  )
}

function classTable(evaluated: Evaluated): Table {
  return {
    caption:
      'Precision: of what was taken for the class, the share that is right. Recall: the share of the class that was found.',
    columns: ['class', 'images', 'precision', 'recall'],
    rows: evaluated.result.perClass.map(({ images, precision, recall }, label) => ({
      header: className(evaluated, label),
      cells: [images, percent(precision), percent(recall)],
    })),
  }
}
