import type { Report } from '@convkit/bench'
import { peerPlot } from './plots/peers.js'
import { profilePlots } from './plots/profile.js'
import { rooflinePlot } from './plots/roofline.js'
import { productPlot, scalingPlots } from './plots/scaling.js'
import { speedUpPlot } from './plots/speedUp.js'

/** A picture of some of a report. */
export interface BenchPlot {
  /** Of its file. */
  readonly name: string
  readonly title: string
  /** What it shows, for those who do not see it. */
  readonly alt: string
  readonly legend: readonly { readonly text: string; readonly look: number }[]
  readonly width: number
  readonly height: number
  /** An SVG element of that size. */
  readonly svg: string
}

/** Every plot that a report has something for. */
export function drawPlots(report: Report): BenchPlot[] {
  return [
    speedUpPlot(report),
    rooflinePlot(report),
    productPlot(report),
    ...scalingPlots(report),
    peerPlot(report),
    ...profilePlots(report),
  ].filter((plot) => plot !== null)
}
