import { drawChart } from './chart.js'
import type { Chart, Strip, Table } from './content.js'
import { formatValue } from './format.js'

export function TableView({ table }: { readonly table: Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class={table.rows.length > 20 ? 'scroll long' : 'scroll'} tabIndex={0} aria-label={table.caption}>
      <table>
        <caption>{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.header}>
              <th scope="row">{row.header}</th>
              {row.cells.map((cell, i) => (
                <td key={table.columns[i + 1]} class="figure">
                  {typeof cell === 'number' ? formatValue(cell) : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

export function ChartView({ chart }: { readonly chart: Chart }) {
  return (
    <figure>
      <figcaption>{chart.title}</figcaption>
      <div dangerouslySetInnerHTML={{ __html: drawChart(chart) }} />
    </figure>
  )
}

export function StripView({ strip }: { readonly strip: Strip }) {
  return (
    <figure>
      <div class={strip.pictures.length > 3 ? 'strip' : 'strip row'}>
        {strip.pictures.map(({ png, alt, width, height, caption }) => (
          <figure key={alt}>
            <img
              src={`data:image/png;base64,${Buffer.from(png).toString('base64')}`}
              alt={alt}
              width={width}
              height={height}
            />
            {caption && <figcaption>{caption}</figcaption>}
          </figure>
        ))}
      </div>
      <figcaption>{strip.caption}</figcaption>
    </figure>
  )
}
