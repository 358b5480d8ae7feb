import { ConfigError, ConvkitError } from '@convkit/api'
import type { Check } from '../core/check.js'
import { type Executed, failed, resultOf } from '../execute.js'
import { NeverLoadedError } from '../here.js'
import type { Step } from '../replay/steps.js'
import type { Settings } from '../settings.js'
import type { Host, Reply, Request } from './host.js'
import { hung, type Life } from './silence.js'

/** A check ends itself before its limit if it can; what is late by this much as well never will. */
const grace = 1000

/** Lets a host run steps, the last of which is of this check; a host that ends or is late costs the check alone. */
export async function meet<O>(
  host: Host<O | Request, Reply>,
  check: Check,
  steps: readonly Step[],
  settings: Settings,
  beat: number,
): Promise<{ readonly executed: Executed; readonly life: Life }> {
  const start = performance.now()
  const { timeLimit, seed } = settings
  let life: Life = { at: null, ms: 0, sparse: beat > 0 }
  const answer = await host.ask({ type: 'check', steps, settings, beat }, timeLimit + grace, ({ progress }) => {
    life = { ...life, at: progress, ms: performance.now() - start }
  })
  const ms = Math.round(performance.now() - start)
  if (answer.type === 'late') return { executed: only(hung(check, timeLimit, life)), life }
  if (answer.type === 'ended') {
    const failure = { ...failed(answer.how), thrown: answer.said || null, seed }
    return { executed: only(resultOf(check, 'crashed', { ms, failure })), life }
  }
  if (answer.reply.type === 'executed') return { executed: answer.reply.executed, life }
  return { executed: only(resultOf(check, 'error', { ms, failure: failed(JSON.stringify(answer.reply)) })), life }
}

export function only(result: Executed['result']): Executed {
  return { result, coverage: {} }
}

/** A reply, or a `ConvkitError` that says why there is none. */
export async function expect<Q>(host: Host<Q, Reply>, request: Q, limit: number): Promise<Reply> {
  const answer = await host.ask(request, limit)
  if (answer.type === 'late') throw new NeverLoadedError(limit)
  if (answer.type === 'ended')
    throw new ConvkitError(`the backend could not be loaded: ${answer.how}${answer.said && `\n${answer.said}`}`)
  if (answer.reply.type === 'trouble') {
    const { message, usage } = answer.reply
    throw usage ? new ConfigError(message) : new ConvkitError(message)
  }
  return answer.reply
}
