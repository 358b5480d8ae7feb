import type { History } from '@convkit/nn'
import type { Chart } from './content.js'

/** The course's two plots: losses of steps, and accuracies of epochs. */
export function trainingCharts({ losses, epochs }: History, validationNote = ''): Chart[] {
  const last = losses.at(-1)
  const accuracies = [
    { name: 'training', points: epochs.flatMap((check) => pointOf(check.epoch, check.trainAccuracy)) },
    { name: 'validation', points: epochs.flatMap((check) => pointOf(check.epoch, check.validationAccuracy)) },
  ].filter(({ points }) => points.length > 0)
  const ends = accuracies.map(({ name, points }) => `${name} accuracy ends at ${points.at(-1)?.[1]}`)
  return [
    {
      title: 'Loss of each iteration’s batch',
      alt: `Line chart: the loss goes from ${losses[0]?.loss.toPrecision(3)} at iteration 1 to ${last?.loss.toPrecision(3)} at iteration ${last?.iteration}.`,
      x: 'iteration',
      y: 'loss',
      series: [{ name: 'loss', points: losses.map(({ iteration, loss }) => [iteration, loss]) }],
    },
    {
      title: `Accuracy after each epoch${validationNote}`,
      alt: `Line chart: ${ends.join(', ')}.`,
      x: 'epoch',
      y: 'accuracy',
      yDomain: [0, 1],
      series: accuracies,
    },
  ]
}

/** None where nothing was measured. */
function pointOf(x: number, y: number | null): (readonly [x: number, y: number])[] {
  return y === null ? [] : [[x, y]]
}
