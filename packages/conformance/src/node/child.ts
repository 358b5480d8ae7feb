// The process that a backend runs in. Its parent asks for one thing at a time and watches the clock; should the backend
// end this process, the parent knows which check it was at.
import { setImmediate } from 'node:timers/promises'
import { type Backend, ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { measure } from '../bench/measure.js'
import { specs } from '../checks.js'
import { infoOf } from '../conformance.js'
import type { Check } from '../core/check.js'
import { execute } from '../execute.js'
import { allMutants } from '../mutants/bank.js'
import { runMutant } from '../mutants/run.js'
import { runTrial } from '../trial.js'
import { loadBackend } from './load.js'
import type { Reply, Request } from './protocol.js'
import { suite } from './suite.js'

interface Opened {
  readonly backend: Backend
  readonly checks: ReadonlyMap<string, Check>
}

const oracle = createNaive()
let opened: Opened | null = null

process.on('message', (request: Request) => {
  carryOut(request).then(send, (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    send({ type: 'trouble', message, usage: error instanceof ConfigError })
  })
})
process.on('disconnect', () => process.exit())

async function carryOut(request: Request): Promise<Reply> {
  if (request.type === 'open') {
    const backend = await loadBackend(request.source)
    const checks = new Map((await suite(request.fixtures)).map((check) => [check.id, check]))
    opened = { backend, checks }
    return { type: 'opened', backend: infoOf(backend) }
  }
  if (request.type === 'mutant') {
    const mutant = allMutants.find(({ name }) => name === request.mutant)
    if (!mutant) throw new Error(`there is no mutant ${request.mutant}`)
    return { type: 'met', result: await runMutant(mutant, request) }
  }
  if (!opened) throw new Error('no backend was opened')
  const { backend, checks } = opened
  if (request.type === 'close') {
    await backend.close?.()
    return { type: 'closed' }
  }
  if (request.type === 'speed') {
    const spec = specs.find(({ layer }) => layer === request.layer)
    return { type: 'speed', rows: spec ? await measure(spec, backend, oracle, request.dtype, request.seed) : [] }
  }
  if (request.type === 'trial') return { type: 'tried', result: await runTrial(backend, request.seed) }
  const check = checks.get(request.id)
  if (!check) throw new Error(`there is no check ${request.id}`)
  const { timeLimit, ...settings } = request.settings
  const path = request.path === null ? {} : { path: request.path }
  const executed = await execute(check, { backend, oracle, ...settings, ...path }, timeLimit)
  // What the backend left behind, a rejected promise say, ends the process now, while this check is the one in flight.
  await setImmediate()
  return { type: 'executed', executed }
}

function send(reply: Reply): void {
  process.send?.(reply)
}
