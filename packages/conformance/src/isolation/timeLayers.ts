import type { FloatDType } from '@convkit/api'
import type { Event } from '../conformance.js'
import type { Ledger } from '../ledger.js'
import { type CheckResult, scoreOf } from '../report/report.js'
import type { Answer, Host, Reply, Request } from './host.js'

const speedLimit = 60_000

/** Times each right layer in one host, once the others have ended: nothing else may run beside a measurement. */
export async function timeLayers<O>(
  ledger: Ledger,
  seed: number,
  open: () => Promise<Host<O | Request, Reply>>,
  emit: (event: Event) => void,
): Promise<void> {
  let host: Host<O | Request, Reply> | null = null
  for (const { layer, dtype } of rightLayers(ledger.results())) {
    emit({ type: 'speed', layer, dtype })
    if (!host?.alive) host = await open()
    const answer = await host.ask({ type: 'speed', layer, dtype, seed }, speedLimit)
    if (answer.type === 'reply' && answer.reply.type === 'speed') ledger.recordSpeed(answer.reply.rows)
    else ledger.problem(`${layer} ${dtype} could not be timed: ${whyNot(answer)}`)
  }
  host?.kill()
}

/** Layers of which every check that ran passed, and something did: a wrong kernel has no speed. */
function rightLayers(results: readonly CheckResult[]): { readonly layer: string; readonly dtype: FloatDType }[] {
  const layers = [...new Set(results.map(({ layer }) => layer))]
  return layers.flatMap((layer) =>
    (['float32', 'float64'] as const).flatMap((dtype) => {
      const own = results.filter((result) => result.layer === layer && result.dtype === dtype)
      const { passed, claimed } = scoreOf(own)
      return passed > 0 && passed === claimed ? [{ layer, dtype }] : []
    }),
  )
}

function whyNot(answer: Answer<Reply>): string {
  if (answer.type === 'ended') return answer.how
  if (answer.type === 'late') return `it took longer than ${speedLimit / 1000} s`
  return answer.reply.type === 'trouble' ? answer.reply.message : answer.reply.type
}
