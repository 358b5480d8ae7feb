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
