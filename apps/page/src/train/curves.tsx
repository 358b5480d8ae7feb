import { Chart, type Point, smooth, thin } from '../ui/chart.js'
import type { RunInfo } from './events.js'
import type { TrainState } from './state.js'

export function Curves({ state, run }: { readonly state: TrainState; readonly run: RunInfo }) {
  const losses = state.losses.map(({ iteration, loss }): Point => [iteration, loss])
  const smoothed = smooth(losses)
  const domain: Point = [0, Math.max(state.losses.length, Math.min(run.iterations, 100))]
  const trained = state.epochs.flatMap(({ iteration, trainAccuracy }): Point[] =>
    trainAccuracy === null ? [] : [[iteration, trainAccuracy]],
  )
  const validated = validationPoints(state)
  const last = { loss: smoothed.at(-1)?.[1], train: trained.at(-1)?.[1], validation: validated.at(-1)?.[1] }
  return (
    <div class="pair">
      <Chart
        title="Loss"
        x="step"
        alt={`The loss of each batch over ${losses.length} steps, now about ${last.loss?.toFixed(2) ?? 'unknown'}.`}
        level={
          run.chance && { name: `chance: ${run.chance.formula} = ${run.chance.loss.toFixed(2)}`, y: run.chance.loss }
        }
        xDomain={domain}
        yDomain={[0, Math.max(1.2 * (run.chance?.loss ?? 0), ...thin(losses, 400).map(([, y]) => y))]}
        format={(y) => y.toFixed(1)}
        series={[
          { name: 'each batch', look: 'faint', points: thin(losses, 400) },
          { name: 'smoothed', look: 'first', points: thin(smoothed, 200) },
        ]}
      />
      <Chart
        title="Accuracy"
        x="step"
        alt={`The share of images that are right: training ${percent(last.train)}, validation ${percent(last.validation)}.`}
        level={{ name: `chance: 1 of ${run.classNames.length}`, y: 1 / run.classNames.length }}
        xDomain={domain}
        yDomain={[0, 1]}
        format={(y) => `${Math.round(100 * y)} %`}
        series={[
          { name: 'training', look: 'second', points: trained, markers: true },
          { name: 'validation', look: 'first', points: validated, markers: true },
        ]}
      />
    </div>
  )
}

function validationPoints({ looks, epochs }: TrainState): Point[] {
  const points = new Map<number, number>()
  for (const { iteration, accuracy } of looks) points.set(iteration, accuracy)
  for (const { iteration, validationAccuracy } of epochs)
    if (validationAccuracy !== null) points.set(iteration, validationAccuracy)
  return [...points].sort(([a], [b]) => a - b)
}

const percent = (share: number | undefined): string =>
  share === undefined ? 'unknown' : `${Math.round(100 * share)} %`
