import { figure, giga, peakOf, type Report, referenceOf, rowsOf } from '@convkit/bench'
import * as Plot from '@observablehq/plot'
import { drawPlot, halo, lookOf } from '../../charts/plot.js'
import type { BenchPlot } from './plot.js'

const [width, height] = [860, 560]
const margins = { marginLeft: 60, marginRight: 30, marginTop: 30, marginBottom: 46 }

/** What the reference reaches of what arithmetic and memory of this machine allow, by operations a byte. */
export function rooflinePlot(report: Report): BenchPlot | null {
  const reference = referenceOf(report)
  if (!reference) return null
  const { copy } = report.peaks
  const peak = peakOf(report.peaks, reference.dtype, 1)
  const points = rowsOf(report, ['notebook', 'layers'], [reference.name]).flatMap(({ workload, pass, at }) => {
    const found = at(reference.name)
    if (!found || pass === 'epoch' || / (small|medium)$/.test(workload.name)) return []
    const { flops, bytes } = found.measurement.cost
    const own = workload.group === 'notebook'
    return [
      {
        own,
        label: own ? `${workload.name} ${pass}` : '',
        intensity: flops / bytes,
        speed: giga(flops, found.time.median),
      },
    ]
  })
  if (points.length === 0) return null
  const intensities = points.map(({ intensity }) => intensity)
  const [left, right] = [Math.min(...intensities) / 2, 4 * Math.max(...intensities, peak / copy)]
  const [bottom, top] = [Math.min(...points.map(({ speed }) => speed)) / 1.6, 1.5 * peak]
  const roof = [Math.max(left, bottom / copy), peak / copy, right].map((x) => ({ x, y: Math.min(peak, copy * x) }))
  return {
    name: 'roofline',
    title: `Roofline of one thread: ${reference.name}`,
    alt: `Roof: ${figure(copy)} GB/s and ${figure(peak)} GFLOP/s. Points: ${points
      .filter(({ own }) => own)
      .map(
        ({ label, intensity, speed }) => `${label}: ${figure(speed)} GFLOP/s at ${figure(intensity)} operations a byte`,
      )
      .join('; ')}`,
    legend: [
      { text: 'W1 to W7', look: 0 },
      { text: 'large layers and updates', look: 1 },
    ],
    width,
    height,
    svg: drawPlot({
      alt: 'Roofline',
      width,
      height,
      ...margins,
      x: {
        type: 'log',
        label: 'operations a byte',
        domain: [left, right],
        ticks: 6,
        tickFormat: (x: number) => String(x),
      },
      y: {
        type: 'log',
        label: 'GFLOP/s',
        grid: true,
        domain: [bottom, top],
        ticks: 6,
        tickFormat: (y: number) => String(y),
      },
      marks: [
        Plot.line(roof, { x: 'x', y: 'y', stroke: 'currentColor', strokeWidth: 2 }),
        Plot.text([{ x: right, y: peak }], {
          x: 'x',
          y: 'y',
          text: () => `${figure(peak)} GFLOP/s`,
          textAnchor: 'end',
          dy: -10,
        }),
        Plot.text([{ x: peak / copy / 4, y: peak / 4 }], {
          x: 'x',
          y: 'y',
          text: () => `${figure(copy)} GB/s`,
          textAnchor: 'end',
          dx: -12,
        }),
        Plot.dot(points, {
          x: 'intensity',
          y: 'speed',
          fill: ({ own }) => lookOf(own ? 0 : 1).stroke,
          symbol: ({ own }: { readonly own: boolean }) => (own ? 'circle' : 'diamond'),
          r: 4,
        }),
        ...labels(
          points.filter(({ own }) => own),
          ({ intensity, speed }) => ({
            x:
              margins.marginLeft +
              position(intensity, left, right) * (width - margins.marginLeft - margins.marginRight),
            y:
              margins.marginTop +
              (1 - position(speed, bottom, top)) * (height - margins.marginTop - margins.marginBottom),
          }),
          // Where the text of the roof stands.
          {
            left: width - margins.marginRight - 110,
            right: width,
            y:
              margins.marginTop +
              (1 - position(peak, bottom, top)) * (height - margins.marginTop - margins.marginBottom) -
              10,
          },
        ),
      ],
    }),
  }
}

/** Where a value stands on a logarithmic axis: 0 to 1. */
function position(value: number, from: number, to: number): number {
  return Math.log(value / from) / Math.log(to / from)
}

interface Labelled {
  readonly label: string
  readonly intensity: number
  readonly speed: number
}

interface Box {
  readonly left: number
  readonly right: number
  readonly y: number
}

const [lineHeight, characterWidth, distance] = [14, 6.6, 9]

/** A label beside each point, on the side and at the height where it covers no other. */
function labels(points: readonly Labelled[], at: (point: Labelled) => { x: number; y: number }, roof: Box) {
  const taken: Box[] = points.map((point) => {
    const { x, y } = at(point)
    return { left: x - 4, right: x + 4, y }
  })
  taken.push(roof)
  return points
    .toSorted((a, b) => b.speed - a.speed)
    .map((point) => {
      const { x, y } = at(point)
      const long = point.label.length * characterWidth
      const places = [0, 0.7, -0.7, 1.2, -1.2, 1.8, -1.8, 2.4, -2.4, 3, -3].flatMap((lines) =>
        [1, -1].map((side) => {
          const start = side > 0 ? x + distance : x - distance - long
          return { side, dy: lines * lineHeight, box: { left: start, right: start + long, y: y + lines * lineHeight } }
        }),
      )
      const free = places.find(({ box }) =>
        taken.every(
          (other) => other.right < box.left || other.left > box.right || Math.abs(other.y - box.y) > lineHeight * 0.9,
        ),
      )
      const { side, dy, box } = free ?? places[0] ?? { side: 1, dy: 0, box: { left: x, right: x, y } }
      taken.push(box)
      return Plot.text([point], {
        x: 'intensity',
        y: 'speed',
        text: 'label',
        textAnchor: side > 0 ? 'start' : 'end',
        dx: side * distance,
        dy,
        fontSize: 12,
        fill: 'currentColor',
        ...halo,
      })
    })
}
