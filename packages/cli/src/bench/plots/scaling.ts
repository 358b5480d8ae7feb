import { baselineOf, type Curve, curvesOf, figure, giga, type Report, rowsOf } from '@convkit/bench'
import * as Plot from '@observablehq/plot'
import { drawPlot, halo, lookOf } from '../../charts/plot.js'
import type { BenchPlot } from './plot.js'
import { shownOf } from './speedUp.js'

interface Point {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly low: number
  readonly high: number
}

const [width, height] = [860, 420]

/** One plot a curve: milliseconds a call as one length grows. */
export function scalingPlots(report: Report): BenchPlot[] {
  const names = [baselineOf(report), ...shownOf(report)]
  return curvesOf(report).flatMap((curve) => {
    const points = pointsOf(curve, names)
    if (points.length === 0) return []
    return [
      {
        ...lines(names, points, curve.over, 'milliseconds a call', true),
        name: `scaling-${curve.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
        title: curve.title,
      },
    ]
  })
}

function pointsOf({ rows }: Curve, names: readonly string[]): Point[] {
  return rows.flatMap(({ workload, at }) =>
    names.flatMap((name): Point[] => {
      const found = at(name)
      if (!found || !workload.point) return []
      const { median, low, high } = found.time
      return [{ name, x: workload.point.at, y: median, low, high }]
    }),
  )
}

/** GFLOP/s of products of square matrices, other libraries included. */
export function productPlot(report: Report): BenchPlot | null {
  const names = [...shownOf(report), ...report.peers.map(({ name }) => name)]
  const points = rowsOf(report, ['products'], names).flatMap(({ workload, at }) =>
    names.flatMap((name): Point[] => {
      const found = at(name)
      if (!found || !workload.point) return []
      const speed = (ms: number) => giga(found.measurement.cost.flops, ms)
      const { median, low, high } = found.time
      return [{ name, x: workload.point.at, y: speed(median), low: speed(high), high: speed(low) }]
    }),
  )
  if (points.length === 0) return null
  const present = names.filter((name) => points.some((point) => point.name === name))
  return {
    ...lines(present, points, 'rows and columns', 'GFLOP/s', false),
    name: 'products',
    title: 'Products of square matrices',
  }
}

function lines(names: readonly string[], points: readonly Point[], x: string, y: string, logarithmic: boolean) {
  const ticks = [...new Set(points.map((point) => point.x))]
  const few = ticks.filter((tick) => Number.isInteger(Math.log2(tick)))
  return {
    alt: names
      .map((name) => {
        const own = points.filter((point) => point.name === name)
        return `${name}: ${own.map((point) => `${figure(point.y)} at ${point.x}`).join(', ')}`
      })
      .join('; '),
    legend: names.map((text, look) => ({ text, look })),
    width,
    height,
    svg: drawPlot({
      alt: `${y} by ${x}`,
      width,
      height,
      marginLeft: 64,
      marginRight: 30,
      marginTop: 30,
      marginBottom: 46,
      x: {
        type: 'log',
        base: 2,
        label: x,
        ticks: few.length > 1 ? few : ticks,
        tickFormat: (tick: number) => String(tick),
      },
      y: logarithmic
        ? { type: 'log', label: y, grid: true, ticks: 6, tickFormat: (tick: number) => String(tick) }
        : { label: y, grid: true, ticks: 6, zero: true },
      marks: names.flatMap((name, i) => {
        const { stroke, dash, symbol } = lookOf(i)
        const own = points.filter((point) => point.name === name)
        return [
          Plot.ruleX(own, { x: 'x', y1: 'low', y2: 'high', stroke, strokeWidth: 1.2 }),
          Plot.line(own, { x: 'x', y: 'y', stroke, strokeWidth: 2, strokeDasharray: dash }),
          Plot.dot(own, { x: 'x', y: 'y', fill: stroke, symbol, r: 3.5, ...halo, strokeWidth: 1 }),
        ]
      }),
    }),
  }
}
