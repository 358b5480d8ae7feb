import type { History, LossRecord } from '@convkit/nn'
import type { Chart } from '../charts/content.js'
import { trainingCharts } from '../charts/training.js'
import type { StepLog } from './log.js'

/** Points that a line of the page has at most. */
const mostPoints = 1000

/** Losses, accuracies, the loss of validation and the schedule. */
export function runCharts(history: History, log: StepLog): Chart[] {
  const { losses, epochs } = history
  const every = Math.ceil(losses.length / mostPoints)
  const charts = trainingCharts({ losses: means(losses, every), epochs })
  const title = every > 1 ? `Loss, means of ${every} steps` : undefined
  const [loss, ...others] = charts
  const rates = log.learningRates(history)
  const thin = Math.ceil(rates.length / mostPoints)
  const validation = epochs.flatMap(({ epoch, validationLoss }) =>
    validationLoss === null ? [] : [[epoch, validationLoss] as const],
  )
  return [
    ...(loss ? [{ ...loss, ...(title && { title }) }] : []),
    ...others,
    {
      title: 'Validation loss after each epoch',
      alt: `Line chart: the validation loss ends at ${validation.at(-1)?.[1].toPrecision(4)}.`,
      x: 'epoch',
      y: 'loss',
      series: [{ name: 'validation', points: validation }],
    },
    {
      title: 'Learning rate of each step',
      alt: `Line chart: the learning rate goes from ${rates[0]?.[1]} to ${rates.at(-1)?.[1]}.`,
      x: 'iteration',
      y: 'learning rate',
      series: [{ name: 'learning rate', points: rates.filter((_, i) => i % thin === 0 || i === rates.length - 1) }],
    },
  ].filter(({ series }) => series.some(({ points }) => points.length > 0))
}

/** The mean loss of each `every` steps, at the last of them. */
function means(losses: readonly LossRecord[], every: number): LossRecord[] {
  if (every <= 1) return [...losses]
  return Array.from({ length: Math.ceil(losses.length / every) }, (_, i) => {
    const group = losses.slice(i * every, (i + 1) * every)
    const loss = group.reduce((sum, record) => sum + record.loss / group.length, 0)
    return { iteration: group.at(-1)?.iteration ?? 0, loss }
  })
}
