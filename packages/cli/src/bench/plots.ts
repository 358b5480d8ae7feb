import type { Report } from '@convkit/bench'
import { peerPlot } from './plots/peers.js'
import type { BenchPlot } from './plots/plot.js'
import { profilePlots } from './plots/profile.js'
import { rooflinePlot } from './plots/roofline.js'
import { productPlot, scalingPlots } from './plots/scaling.js'
import { speedUpPlot } from './plots/speedUp.js'

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
