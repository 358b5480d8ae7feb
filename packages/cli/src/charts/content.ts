export interface Table {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly header: string; readonly cells: readonly (number | string)[] }[]
}

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Chart {
  readonly title: string
  /** What it shows, for those who cannot see it. */
  readonly alt: string
  readonly x: string
  readonly y: string
  readonly yDomain?: readonly [number, number]
  readonly series: readonly Series[]
}

export interface Picture {
  readonly caption?: string
  readonly alt: string
  readonly width: number
  readonly height: number
  readonly png: Uint8Array
}

/** Pictures side by side under one caption. */
export interface Strip {
  readonly caption: string
  readonly pictures: readonly Picture[]
}
