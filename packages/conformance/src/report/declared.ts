import { differencesOf } from '@convkit/api'
import { arithmeticText } from '../core/declaredText.js'
import type { BackendInfo, Report } from './report.js'

/** What a reader has to know of a backend: the conventions that are not ours, and kernels with an arithmetic of their own. */
export function declaredLines({ arithmetic, conventions }: BackendInfo): string[] {
  const rules = differencesOf(conventions ? { conventions } : {}).map(
    ({ layer, rule, choice, choices, decides }) =>
      `${layer}.${rule} is ${choice}, by default ${choices[0]}: ${decides}`,
  )
  const kernels = (['float32', 'float64'] as const).flatMap((dtype) =>
    Object.entries(arithmetic?.[dtype]?.kernels ?? {}).map(
      ([kernel, part]) => `${kernel} in ${dtype} has ${arithmeticText(part)}`,
    ),
  )
  return [...rules, ...kernels]
}

/** The same, and beside what is declared of arithmetic what was seen of it. */
export function declaredOf({ backend, checks }: Pick<Report, 'backend' | 'checks'>): string[] {
  const seen = checks
    .filter(({ law, dtype }) => law === 'declaration' && dtype !== 'int32' && backend.arithmetic?.[dtype])
    .flatMap(({ dtype, notes }) => notes.map((note) => `${dtype}: ${note}`))
  return [...declaredLines(backend), ...seen]
}
