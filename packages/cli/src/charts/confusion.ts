import * as Plot from '@observablehq/plot'
import { drawPlot } from './plot.js'

/** Beyond so many classes there is no room for numbers. */
const mostNumbers = 30

/** A confusion matrix as an SVG element: rows are classes, columns what their images were taken for; shades are shares of a row. */
export function drawConfusion(confusion: readonly (readonly number[])[], classNames: readonly string[]): string {
  const classes = confusion.length
  const name = (label: number) => classNames[label] ?? String(label)
  const cells = confusion.flatMap((row, label) => {
    const images = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, predicted) => ({ label, predicted, count, share: images === 0 ? 0 : count / images }))
  })
  const correct = confusion.reduce((sum, row, label) => sum + row[label], 0)
  const all = cells.reduce((sum, { count }) => sum + count, 0)
  const margin = 24 + 7.5 * Math.min(20, Math.max(...classNames.map((own) => own.length), 3))
  const side = Math.max(4, Math.min(46, Math.floor(760 / classes)))
  const labels = Array.from({ length: classes }, (_, label) => label)
  return drawPlot({
    alt: `Confusion matrix of ${classes} classes: ${correct} of ${all} images are on the diagonal.`,
    width: margin + classes * side + 20,
    height: margin + classes * side + 20,
    marginLeft: margin,
    marginTop: margin,
    marginRight: 20,
    marginBottom: 20,
    padding: classes > mostNumbers ? 0 : 0.06,
    x: {
      type: 'band',
      domain: labels,
      axis: 'top',
      label: null,
      tickFormat: name,
      tickRotate: -90,
      tickSize: 0,
    },
    y: { type: 'band', domain: labels, label: null, tickFormat: name, tickSize: 0 },
    marks: [
      Plot.cell(cells, {
        x: 'predicted',
        y: 'label',
        fill: ({ label, predicted }) => (label === predicted ? 'var(--first)' : 'var(--second)'),
        // Numbers stay readable on the darkest.
        fillOpacity: ({ share }) => 0.04 + 0.56 * share,
        title: ({ label, predicted, count, share }) =>
          `${count} images of ${name(label)} were taken for ${name(predicted)}: ${(100 * share).toFixed(1)} %`,
      }),
      ...(classes > mostNumbers
        ? []
        : [
            Plot.text(
              cells.filter(({ count }) => count > 0),
              { x: 'predicted', y: 'label', text: ({ count }) => String(count), fontSize: Math.min(14, side / 2.6) },
            ),
          ]),
    ],
  })
}
