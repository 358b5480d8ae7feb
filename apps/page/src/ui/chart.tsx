import { extent, ticks } from 'd3-array'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export type Point = readonly [x: number, y: number]

export interface Series {
  readonly name: string
  readonly points: readonly Point[]
  /** Told apart by dash and marker as well as by colour. */
  readonly look: 'first' | 'second' | 'faint'
  /** Points stand out, the last of them always. */
  readonly markers?: boolean
}

export interface ChartProps {
  readonly title: string
  readonly x: string
  /** What a reader who cannot see the curves is told. */
  readonly alt: string
  readonly series: readonly Series[]
  readonly xDomain: Point
  /** Default: from 0 to the largest value. */
  readonly yDomain?: Point
  readonly format: (y: number) => string
  /** A line across, to hold the curves against. */
  readonly level?: { readonly name: string; readonly y: number } | null
}

const height = 240
const margin = { top: 14, right: 14, bottom: 40, left: 48 }

export function Chart({ title, x: label, alt, series, xDomain, yDomain, format, level }: ChartProps) {
  const figure = useRef<HTMLElement>(null)
  const width = useWidth(figure)
  const [x0, x1] = xDomain
  const [y0, y1] = yDomain ?? domainOf(series)
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
  const x = (value: number) => margin.left + ((value - x0) / (x1 - x0 || 1)) * inner.width
  const y = (value: number) => margin.top + (1 - (value - y0) / (y1 - y0 || 1)) * inner.height
  return (
    <figure class="chart" ref={figure}>
      <figcaption>
        <h2>{title}</h2>
        <Legend series={series} />
      </figcaption>
      <svg role="img" aria-label={alt} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        {ticks(y0, y1, 4).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
            <text x={margin.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {ticks(x0, x1, Math.max(2, Math.floor(inner.width / 90))).map((tick) => (
          <text key={tick} x={x(tick)} y={height - margin.bottom + 18} text-anchor="middle">
            {tick}
          </text>
        ))}
        <text class="axis" x={width - margin.right} y={height - 4} text-anchor="end">
          {label}
        </text>
        {level && (
          <g class="level">
            <line x1={margin.left} x2={width - margin.right} y1={y(level.y)} y2={y(level.y)} />
            <text x={width - margin.right} y={y(level.y) - 5} text-anchor="end">
              {level.name}
            </text>
          </g>
        )}
        {series.map(({ name, points, look, markers }) => (
          <g key={name} class={`series ${look}`}>
            <path d={pathOf(points, x, y)} />
            {markers &&
              marked(points).map((point) => <Marker key={point[0]} look={look} x={x(point[0])} y={y(point[1])} />)}
          </g>
        ))}
      </svg>
    </figure>
  )
}

function Legend({ series }: Pick<ChartProps, 'series'>) {
  const named = series.filter(({ look }) => look !== 'faint')
  if (named.length < 2) return null
  return (
    <p class="legend">
      {named.map(({ name, look, markers }) => (
        <span key={name} class={`series ${look}`}>
          <svg width="28" height="12" aria-hidden="true">
            <path d="M1 6H27" />
            {markers && <Marker look={look} x={14} y={6} />}
          </svg>
          {name}
        </span>
      ))}
    </p>
  )
}

function Marker({ look, x, y }: { readonly look: Series['look']; readonly x: number; readonly y: number }) {
  return look === 'second' ? (
    <rect x={x - 3.5} y={y - 3.5} width="7" height="7" transform={`rotate(45 ${x} ${y})`} />
  ) : (
    <circle cx={x} cy={y} r="3.5" />
  )
}

/** So few that they can be told apart. */
function marked(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / 30)
  return points.filter((_, i) => (points.length - 1 - i) % every === 0)
}

function domainOf(series: readonly Series[]): Point {
  const [, high = 1] = extent(series.flatMap(({ points }) => points.map(([, y]) => y)))
  return [0, high || 1]
}

function pathOf(points: readonly Point[], x: (value: number) => number, y: (value: number) => number): string {
  return points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('')
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(320)
  useLayoutEffect(() => {
    if (!element.current) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width))
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return width
}

/** At most so many points, each the mean of its neighbours. */
export function thin(points: readonly Point[], most: number): Point[] {
  const size = Math.ceil(points.length / most)
  if (size <= 1) return [...points]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const bucket = points.slice(i * size, (i + 1) * size)
    const mean = (axis: 0 | 1) => bucket.reduce((sum, point) => sum + point[axis], 0) / bucket.length
    return [mean(0), mean(1)]
  })
}

/** Each value with its predecessors, the older the less: s = 0.95 s + 0.05 y, begun without a bias to 0. */
export function smooth(points: readonly Point[], keep = 0.95): Point[] {
  let [sum, weight] = [0, 0]
  return points.map(([x, y]) => {
    sum = keep * sum + (1 - keep) * y
    weight = keep * weight + (1 - keep)
    return [x, sum / weight]
  })
}
