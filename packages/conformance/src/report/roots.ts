import { bySize } from './failure.js'
import { type CheckResult, failuresOf, type Root } from './report.js'

/**
 * Failures that seem to come from one cause: the same output wrong in the same layer, or the same message thrown. The one
 * that was run again, or else has the smallest case, stands for the others. Those of each layer take turns.
 */
export function rootsOf(checks: readonly CheckResult[]): Root[] {
  const groups = new Map<string, CheckResult[]>()
  for (const result of bySize(failuresOf({ checks })))
    groups.set(causeOf(result), [...(groups.get(causeOf(result)) ?? []), result])
  const heads = [...groups.values()].map((group) => {
    const head = group.find(({ reproduction }) => reproduction?.steps.length) ?? group[0]
    const order = (id: string) => checks.findIndex((check) => check.id === id)
    const others = group.filter((result) => result !== head).map(({ id }) => id)
    return { layer: head.layer, root: { id: head.id, others: others.toSorted((a, b) => order(a) - order(b)) } }
  })
  const place = (head: (typeof heads)[number]) => heads.filter(({ layer }) => layer === head.layer).indexOf(head)
  return heads.toSorted((a, b) => place(a) - place(b)).map(({ root }) => root)
}

function causeOf({ layer, status, failure }: CheckResult): string {
  const { evidence, message = '' } = failure ?? {}
  if (evidence) return `${layer}: ${outputIn(evidence.output)}`
  if (status === 'crashed') return `${layer}: ${message}`
  const plain = message.replaceAll(/-?\d[\d.e+-]*/g, '#')
  // What is thrown is the same whichever layer called the kernel, and one slowness makes many checks incomplete.
  const anywhere = status === 'error' || status === 'incomplete' || message.startsWith('kernel ')
  return anywhere ? `${status}: ${plain}` : `${layer}: ${status}: ${plain}`
}

/** `dx` of `<dx, x>`, which a law has made of it. */
function outputIn(name: string): string {
  return /\b(d?[A-Za-z]\w*)\b/.exec(name.replace(/^sum(?: of |\()/, ''))?.[1] ?? name
}
