import { ConfigError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareReports, comparisonText, markdownText, type Report, terminalText, withPeersOf } from '../src/index.js'
import { parseReport } from '../src/reportFile.js'
import { reportOf } from './report.js'

const written = (report: unknown): unknown => JSON.parse(JSON.stringify(report))

/** Every place of a JSON value, as the keys that lead to it. */
function placesOf(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place]
  return [place, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...place, key]))]
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? replaced(inner, rest, by) : inner))
  return Object.fromEntries(Object.entries(value ?? {}).map(([k, v]) => [k, k === key ? replaced(v, rest, by) : v]))
}

/** All that the command makes of a report. */
function show(report: Report): void {
  terminalText(report)
  markdownText(report, [])
  comparisonText(compareReports(report, report))
  withPeersOf(report, 'other.json', written(report))
}

const report = reportOf()

describe('a report in a file', () => {
  it('comes back as it was written', () => {
    expect(parseReport('a.json', written(report))).toEqual(report)
  })

  it('with any one value replaced is refused by its file’s name, or can be shown', () => {
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(report)), fc.jsonValue(), (place, by) => {
        let read: Report
        try {
          read = parseReport('a.json', written(replaced(report, place, by)))
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
          expect(String(error)).toMatch(/^ConfigError: a\.json: .+$/)
          return
        }
        show(read)
      }),
    )
  })

  it.each([
    [null, 'a.json: is no report of this benchmark'],
    [[], 'a.json: is no report of this benchmark'],
    [{ ...report, version: 2 }, 'a.json: is no report of this benchmark'],
    [{ version: 1 }, 'a.json: command: Invalid input: expected string, received undefined'],
    [{ ...report, contenders: [] }, 'a.json: contenders: Too small: expected array to have >=1 items'],
    [
      replaced(report, ['measurements', '0', 'milliseconds'], []),
      'a.json: measurements[0].milliseconds: expected samples where it was measured, and nowhere else',
    ],
  ])('%# says what is wrong with it in one line', (value, message) => {
    expect(() => parseReport('a.json', written(value))).toThrow(new ConfigError(message))
  })
})
