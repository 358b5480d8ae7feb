import type { SamplingBudget } from '@convkit/conformance'
import { baseline, type Contender } from './contender.js'
import { createGate } from './gate/createGate.js'
import { admit, invite, type Runner, samplePass } from './measure.js'
import { tooLongForNaive } from './patience.js'
import type { Peer } from './peer.js'
import type { Measurement, Report } from './report.js'
import type { Refusal } from './runnable/runnable.js'
import { estimate } from './statistics/estimate.js'
import { costOfTraining } from './training/record.js'
import { costOfLayer, createCase } from './workload/layer.js'
import type { Pass, Workload } from './workload/workload.js'

/** What came of one workload. */
export interface Measured {
  readonly seconds: number
  readonly measurements: readonly Measurement[]
  readonly differences: Report['differences']
  readonly failures: readonly string[]
}

/** Everyone in every pass. */
export async function measureWorkload(
  workload: Workload,
  contenders: readonly Contender[],
  { peers, patienceSeconds }: { readonly peers: readonly Peer[]; readonly patienceSeconds: number },
  budget: SamplingBudget,
  onPass: (pass: Pass) => void,
): Promise<Measured> {
  const { name } = workload
  const start = performance.now()
  const c = workload.kind === 'layer' ? createCase(workload) : null
  const gate = await createGate(workload, c, baseline.instance)
  const runners: Runner[] = []
  for (const contender of contenders) {
    const refusal = contender === baseline ? tooLongForNaive(workload) : null
    const { name, dtype } = contender
    if (refusal) runners.push({ name, dtype, runnable: null, refusal, differences: null })
    else runners.push(await admit(workload, c, gate, contender))
  }
  const failures = runners.flatMap(({ name: who, refusal }) =>
    refusal?.status === 'wrong' || refusal?.status === 'failed' ? [`${name} on ${who}: ${refusal.reason}`] : [],
  )
  if (workload.peers && workload.kind === 'layer' && c)
    for (const peer of peers) runners.push(await invite(workload, c, gate, peer, patienceSeconds))
  const isOwn = (who: string) => contenders.some((contender) => contender.name === who)
  const measurements: Measurement[] = []
  for (const pass of workload.passes) {
    onPass(pass)
    const sampled = await samplePass(pass, runners, budget, ({ name: who }) => {
      if (pass !== 'epoch' || workload.kind !== 'training' || workload.epoch === null) return null
      const step = measurements.find(({ contender, pass }) => contender === who && pass === 'step')
      return step ? (estimate(step.milliseconds).median * workload.epoch) / workload.batchSize : null
    })
    for (const [i, { name: contender, dtype, runnable }] of runners.entries()) {
      const result = sampled[i]
      if (!result) continue
      const cost =
        workload.kind === 'training' ? costOfTraining(workload, pass, dtype) : costOfLayer(workload, pass, dtype)
      measurements.push({
        workload: name,
        pass,
        contender,
        ...outcome(result.refusal),
        cost,
        milliseconds: result.samples,
        first: runnable?.first[pass] ?? null,
      })
    }
  }
  for (const { runnable } of runners) runnable?.[Symbol.dispose]()
  for (const { pass, contender, status, reason } of measurements)
    if (status === 'failed' && !failures.some((one) => one.startsWith(`${name} on ${contender}: `)) && isOwn(contender))
      failures.push(`${name} on ${contender}: ${pass}: ${reason}`)
  const differences = runners.flatMap(({ name: contender, differences }) =>
    differences ? [{ workload: name, contender, outputs: differences }] : [],
  )
  return { seconds: (performance.now() - start) / 1000, measurements, differences, failures }
}

function outcome(refusal: Refusal | null): Pick<Measurement, 'status' | 'reason'> {
  return refusal ?? { status: 'measured', reason: null }
}
