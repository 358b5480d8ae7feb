import type { Strip, Table } from '../charts/content.js'
import { StripView, TableView } from '../charts/views.js'
import { ConfusionView } from './confusion.js'
import { renderEvaluation } from './document.js'
import { className, type Evaluated, percent } from './text.js'

/** The page of a model of classes; `pictures` are the worst examples. */
export function renderEvaluationPage(evaluated: Evaluated, backend: string, pictures: Strip): string {
  const { file, model, title, result } = evaluated
  const { images, accuracy, loss } = result
  const summary = `${percent(accuracy)} of ${images} images are right; the mean loss is ${loss.toFixed(4)}`
  return renderEvaluation(
    { file, model, title, backend, summary, pictureWidth: '9.5rem' },
    <>
      <ConfusionView title="Confusion matrix" confusion={result.confusion} classNames={evaluated.classNames} />
      <section>
        <h2>Classes</h2>
        <TableView table={classTable(evaluated)} />
      </section>
      <section>
        <h2>The highest losses</h2>
        <StripView strip={pictures} />
      </section>
    </>,
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
