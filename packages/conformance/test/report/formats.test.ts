import pico from 'picocolors'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  collect,
  failuresOf,
  htmlReport,
  jsonReport,
  junitReport,
  markdownReport,
  percent,
  type Report,
  runConformance,
  summaryLine,
  terminalReport,
} from '../../src/index.js'
import { createBackend } from '../support/faulty.js'
import { ieee } from '../support/hidingNaN.js'

/** A run with every kind of result, and text that formats must escape. */
let report: Report
beforeAll(async () => {
  const faulty = createBackend({ layers: { relu: 'throws', affine: 'nan' }, dtypes: ['float32', 'float64'] })
  const { maxPool2d: _, ...float32 } = faulty.kernels.float32 ?? {}
  const backend = {
    ...faulty,
    name: 'a <b> & "c"',
    arithmetic: { float32: { ...ieee, nonFinite: 'unspecified', kernels: { adam: { unitRoundoff: 2 ** -11 } } } },
    conventions: { rmsprop: { epsilon: 'insideRoot' } },
    kernels: { float32: { ...float32, svmLoss: { ...float32.svmLoss, unsupported: () => 'too | wide\u0007' } } },
  }
  report = await collect(
    runConformance(Object.create(faulty, Object.getOwnPropertyDescriptors(backend)), {
      layer: ['relu', 'affine', 'maxPool2d', 'svmLoss', 'backend', 'dropout'],
      runs: 4,
      skips: [{ id: 'relu/forward/float32', reason: 'no <registers>' }],
    }),
  )
})

describe('the terminal', () => {
  it('stays within 120 columns down to the failures, and ends with the summary', () => {
    const text = terminalReport({ ...report, speed: speeds(report) }, pico.createColors(false))
    const table = text.slice(0, text.indexOf('failed\n')).split('\n').slice(0, -1)
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(120)
    expect(text.split('\n').at(-1)).toBe(summaryLine(report))
  })

  it('shows the law, the worst element, the smallest case and the command', () => {
    const text = terminalReport(report, pico.createColors(false))
    expect(text).toMatch(
      /affine\/plans\/float32 failed\n {2}law .*\n {2}worst {2}y\[0,0\] is NaN, expected .* ± .* \(1 of 1 wrong\)\n {2}x +\[1(,1)*\] .*\n {2}w .*\n(?: {2}(?:b|dy) .*\n)*/,
    )
    expect(text).toContain('npx convkit conformance a <b> & "c" --only affine/plans/float32 --seed 231 --path 0:')
  })
})

it('every format names what is not claimed, with the reason', () => {
  const reason = 'it declares nothing of NaN and infinities'
  const { unclaimed } = report.score
  expect(unclaimed).toBeGreaterThan(1)
  const lines = terminalReport(report, pico.createColors(false)).replaceAll('\n  ', ' ')
  const named = `${unclaimed} checks not claimed: ${reason} (special values of affine, relu, dropout, svmLoss; signed zeros of dropout)`
  expect(lines).toContain(named)
  expect(markdownReport(report)).toContain(`\n## Not claimed\n\n- ${named}`)
  const [summary] = /conformance: .*/.exec(markdownReport(report)) ?? []
  expect(summary).toContain(
    ` claimed passed (${percent(report.score.passed, report.score.claimed)}), ${unclaimed} not claimed`,
  )
  expect(junitReport(report).split(`<skipped message="not claimed: ${reason}">`)).toHaveLength(unclaimed + 1)
  const parsed: Report = JSON.parse(jsonReport(report))
  expect(parsed.checks.filter((check) => check.unclaimed === reason)).toHaveLength(unclaimed)
  expect(htmlReport(report)).toContain(`<a href="#not-claimed">${unclaimed} not claimed</a>`)
  expect(htmlReport(report)).toContain(`${unclaimed} checks: ${reason}.`)
})

it('every format names what is declared, and what was seen of it', () => {
  const convention = 'rmsprop.epsilon is insideRoot, by default outsideRoot: what epsilon is added to'
  const kernel = 'adam in float32 has unit roundoff 2^-11'
  const seen = /float32: declared unit roundoff 2\^-24, .*; seen unit roundoff /
  const formats = {
    terminal: terminalReport(report, pico.createColors(false)).replaceAll('\n  ', ' '),
    markdown: markdownReport(report),
    junit: junitReport(report),
    html: htmlReport(report),
  }
  for (const text of Object.values(formats)) {
    expect(text).toContain(convention)
    expect(text).toContain(kernel)
    expect(text).toMatch(seen)
  }
  expect(formats.junit).toContain(`<property name="declared" value="${convention}">`)
  const parsed: Report = JSON.parse(jsonReport(report))
  expect(parsed.backend.conventions).toEqual({ rmsprop: { epsilon: 'insideRoot' } })
  expect(parsed.backend.arithmetic?.float32?.kernels).toEqual({ adam: { unitRoundoff: 2 ** -11 } })
})

it('every format says how many cases of how many ran, and what was asked for', () => {
  const { ran, wanted } = report.cases
  expect(ran).toBeGreaterThan(100)
  expect(ran).toBeLessThan(wanted)
  const text = `${ran} of ${wanted} cases ran, of --layer relu --layer affine --layer maxPool2d --layer svmLoss --layer backend --layer dropout`
  const plain = terminalReport(report, pico.createColors(false)).replaceAll('\n  ', ' ')
  for (const format of [plain, markdownReport(report), htmlReport(report)]) expect(format).toContain(text)
  const right = report.checks.find(({ status }) => status === 'passed')
  expect(htmlReport(report)).toMatch(/: passed, \d+ of \d+ cases/)
  expect(junitReport(report)).toContain(`<property name="cases" value="${right?.cases} of ${right?.wanted}">`)
  expect(JSON.parse(jsonReport(report))).toMatchObject({ cases: { ran, wanted } })
})

it('every format but JSON, which has all, shows a cause once, with the checks that it fails', () => {
  const [root] = report.roots.filter(({ others }) => others.length > 2)
  const [other] = root?.others ?? []
  const plain = terminalReport(report, pico.createColors(false)).replaceAll(/\s+/g, ' ')
  for (const format of [plain, markdownReport(report), htmlReport(report)])
    expect(format.replaceAll(/\s+/g, ' ')).toContain(`seems to be the cause of: ${root?.others.join(', ')}`)
  expect(plain.split(`${other} `)).toHaveLength(1)
  expect(junitReport(report)).toContain(`cause: seems to be that of ${root?.id}`)
  expect(JSON.parse(jsonReport(report)).roots).toEqual(report.roots)
})

it('why calls were refused, or checks are skipped, stands in every format', () => {
  const plain = terminalReport(report, pico.createColors(false)).replaceAll('\n  ', ' ')
  const refused = 'svmLoss float32: refused: svmLoss: backend a <b> & "c" refuses this call: too | wide'
  for (const format of [plain, markdownReport(report)]) {
    expect(format).toContain(refused)
    expect(format).toContain('relu float32: skipped: no <registers> (1 check)')
  }
  expect(htmlReport(report)).toContain('refuses this call: too | wide')
  expect(markdownReport(report)).toContain('maxPool2d float32: missing (')
})

it('JSON keeps what cannot be a number', () => {
  const parsed = JSON.parse(jsonReport(report))
  const wrong = parsed.checks.find(({ id }: { id: string }) => id === 'affine/forward/float32')
  expect(wrong.failure.evidence.got).toBe('NaN')
  expect(wrong.failure.counterexample.inputs.x.data).toEqual([expect.any(Number)])
  expect(parsed.score).toEqual(report.score)
})

it('JUnit is well-formed and has a test case a check', () => {
  const xml = junitReport(report)
  const tags = [...xml.matchAll(/<(\/?)(\w+)((?: \w+="[^"<]*")*)(\/?)>/g)]
  const open: string[] = []
  for (const [, close, name = ''] of tags) {
    if (close) expect(open.pop()).toBe(name)
    else open.push(name)
  }
  expect(open).toEqual([])
  const rest = xml.replace(/^<\?xml[^>]*\?>/, '').replaceAll(/<\/?\w+(?: \w+="[^"<]*")*>/g, '')
  expect(rest).not.toMatch(/[<>]|&(?!(?:lt|gt|amp|quot);)/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids it
  expect(xml).not.toMatch(/\u0007/)
  const count = (name: string) => tags.filter(([, close, tag]) => !close && tag === name).length
  expect(count('testcase')).toBe(report.checks.length)
  expect(count('failure') + count('error')).toBe(failuresOf(report).length)
  expect(count('skipped')).toBe(
    report.checks.filter(({ status }) => /missing|refused|skipped|unclaimed/.test(status)).length,
  )
})

it('Markdown has a row a layer and a section a failure', () => {
  const text = markdownReport(report)
  for (const layer of ['relu', 'affine', 'maxPool2d']) expect(text).toMatch(new RegExp(`^\\| ${layer} \\|`, 'm'))
  expect(text.match(/^### /gm)).toHaveLength(report.roots.length)
})

describe('the page', () => {
  it('needs nothing else, and shows every failure with its command', () => {
    const page = htmlReport(report)
    expect(page).not.toMatch(/<script|<link|src=|url\(|https?:/)
    expect(page.match(/<article/g)).toHaveLength(report.roots.length)
    for (const { id } of report.roots) expect(page).toContain(`--only ${id} --seed 231`)
    for (const { id } of failuresOf(report)) expect(page).toContain(id)
  })

  it('takes what a backend calls itself for text', () => {
    expect(htmlReport(report)).toContain('Conformance of a &lt;b> &amp; &quot;c&quot;</h1>')
  })
})

function speeds({ checks }: Report): Report['speed'] {
  const layers = [...new Set(checks.map(({ layer }) => layer))]
  return layers.flatMap((layer) =>
    (['forward', 'backward'] as const).flatMap((pass) =>
      (['float32', 'float64'] as const).map((dtype) => ({
        layer,
        dtype,
        pass,
        naive: 1,
        backend: 1 / 123,
        speedup: 123,
        samples: 15,
        workload: 'x [1]',
      })),
    ),
  )
}
