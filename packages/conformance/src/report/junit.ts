import { declaredOf } from './declared.js'
import { failureLines, sharedLines } from './failure.js'
import { type CheckResult, failuresOf, isFailure, type Report, whyNotPassed } from './report.js'

/** JUnit XML as continuous integration reads it: a suite a layer, a test case a check. */
export function junitReport(report: Report): string {
  const layers = [...new Set(report.checks.map(({ layer }) => layer))]
  const declared = declaredOf(report).map((line) => element('property', { name: 'declared', value: line }))
  const properties = declared.length > 0 ? element('properties', {}, declared.join('')) : ''
  const suites = layers.map((layer) => {
    const checks = report.checks.filter((check) => check.layer === layer)
    return element(
      'testsuite',
      { name: layer, ...counts(checks) },
      properties + checks.map((check) => testCase(report, check)).join(''),
    )
  })
  const problems = report.problems.map((problem) =>
    element('testcase', { name: problem, classname: 'run' }, element('error', { message: problem })),
  )
  const run =
    problems.length > 0 ? element('testsuite', { name: 'run', errors: problems.length }, problems.join('')) : ''
  const attributes = { name: `conformance: ${report.backend.name}`, ...counts(report.checks) }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, suites.join('') + run)}\n`
}

function testCase(report: Report, check: CheckResult): string {
  const { status, failure, cases, wanted } = check
  const root = report.roots.find(({ id, others }) => id === check.id || others.includes(check.id))
  const all =
    !root || root.id === check.id ? failureLines(report, check, root?.others) : sharedLines(report, check, root.id)
  const lines = all.map(({ label, text }) => `${label}: ${text}`)
  const message = failure?.message ?? status
  const ran =
    wanted === null
      ? ''
      : element('properties', {}, element('property', { name: 'cases', value: `${cases} of ${wanted}` }))
  const content = isFailure(check)
    ? element(status === 'failed' ? 'failure' : 'error', { message, type: status }, xml(lines.join('\n')))
    : status === 'passed'
      ? ''
      : element('skipped', { message: whyNotPassed(check) })
  return element('testcase', { name: check.id, classname: check.layer, time: check.ms / 1000 }, ran + content)
}

function counts(checks: readonly CheckResult[]) {
  const failures = checks.filter(({ status }) => status === 'failed').length
  return {
    tests: checks.length,
    failures,
    errors: failuresOf({ checks }).length - failures,
    skipped: checks.filter((check) => check.status !== 'passed' && !isFailure(check)).length,
    time: checks.reduce((sum, { ms }) => sum + ms, 0) / 1000,
  }
}

function element(name: string, attributes: { readonly [name: string]: string | number }, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${xml(String(value))}"`)
  return `<${name}${list.join('')}>${content}</${name}>\n`
}

const entities: { readonly [character: string]: string } = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }

/** XML 1.0 forbids most control characters, even escaped, and halves of surrogate pairs. */
function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const allowed = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
  return allowed.replaceAll(/[<>&"]/g, (character) => entities[character] ?? '')
}
