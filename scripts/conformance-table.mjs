// Merges the backends' conformance reports into docs/conformance.md: node scripts/conformance-table.mjs
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { scoreOf, unclaimedOf, unclaimedText } from '../packages/conformance/dist/index.js'

/** A backend that runs on several things has a report for each: `conformance-webgpu.json`, `conformance-webgpu-in-chromium.json`. */
const reports = readdirSync('packages')
  .map((name) => `packages/${name}/reports`)
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder).flatMap((file) => {
      const [match, provider = ''] = /^conformance(-[\w-]+)?\.json$/.exec(file) ?? []
      if (match === undefined) return []
      const report = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))
      return [{ ...report, label: `${report.backend.name}${provider.replaceAll('-', ' ')}` }]
    }),
  )

const columns = reports.flatMap((report) => ['float32', 'float64'].map((dtype) => ({ report, dtype })))
const layers = [...new Set(reports.flatMap(({ checks }) => checks.map(({ layer }) => layer)))]

/** What a backend makes of one layer in one dtype. */
function capability({ report, dtype }, layer) {
  if (!report.backend.dtypes.includes(dtype)) return '–'
  const own = report.checks.filter(
    (check) => check.layer === layer && (check.dtype === dtype || check.dtype === 'int32'),
  )
  const { passed, claimed, unclaimed } = scoreOf(own)
  if (own.length === 0) return '–'
  if (own.every(({ status }) => status === 'missing')) return 'fallback'
  const refused = own.find(({ status }) => status === 'refused')
  const declined = `${unclaimed > 0 ? ` ○${unclaimed}` : ''}${refused ? ` (refused: ${refused.refusals[0]})` : ''}`
  return `native ${passed}/${claimed}${declined}${speed(report, layer, dtype)}`
}

/** Naive's own speed is 1, give or take the clock. */
function speed(report, layer, dtype) {
  if (report.backend.name === 'naive') return ''
  const rows = report.speed.filter((row) => row.layer === layer && row.dtype === dtype)
  return rows.map(({ pass, speedup }) => `, ${pass} ${Number(speedup.toPrecision(2))}×`).join('')
}

/** Never the score alone. */
function scoreCell({ passed, claimed, unclaimed }) {
  return `${passed} of ${claimed}${unclaimed > 0 ? ` claimed, ${unclaimed} not claimed` : ''}`
}

/** Backends that leave the same open share a line. */
const whose = new Map()
for (const report of reports)
  for (const text of unclaimedOf(report).map(unclaimedText)) whose.set(text, [...(whose.get(text) ?? []), report.label])
const unclaimed = [...whose].map(([text, labels]) => `- ${labels.join(', ')}: ${text}.`)

function row(cells) {
  return `| ${cells.join(' | ')} |`
}

writeFileSync(
  'docs/conformance.md',
  `# Conformance

Written by \`npm run conformance\`: every backend of this repository against every check of \`@convkit/conformance\`.
Native: the backend's own kernel, with the checks it passes of those it claims. ○: so many checks are about what its
declared \`arithmetic\` leaves open, and did not run. Fallback: it has no kernel, and convkit runs the layer on naive.
Refused: it has one that declines some calls, with its reason. –: not in its specification. A speed is a multiple of
naive's on the same machine in the same run. \`npm run test:browser\` adds what runs in Chromium, with fewer cases a check.

| backend | runs on | score | cases |
| --- | --- | --- | --- |
${reports.map(({ label, backend, score, cases }) => row([label, backend.description, scoreCell(score), `${cases.ran} of ${cases.wanted}`])).join('\n')}
${unclaimed.length > 0 ? `\n${unclaimed.join('\n')}\n` : ''}
${row(['layer', ...columns.map(({ report, dtype }) => `${report.label} ${dtype}`)])}
${row(['---', ...columns.map(() => '---')])}
${layers.map((layer) => row([layer, ...columns.map((column) => capability(column, layer))])).join('\n')}
`,
)
