import type { Case, NdArray, Results } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { runCase } from '../core/subject.js'
import { Violation } from '../core/violation.js'
import { sameBits } from '../laws/sameBits.js'

/** One layer of a sandwich: which of the case's inputs and attributes are its own. */
export interface Stage {
  readonly spec: LayerSpec
  readonly attrs: (c: Case) => Case['attrs']
  /** Names of the inputs it takes from the case, besides x. */
  readonly takes: readonly string[]
}

type Run = (spec: LayerSpec, c: Case) => Promise<Results>

/**
 * A sandwich is its layers one after the other, bit for bit: each is run by itself and its result read back before the
 * next, so neither a fused kernel nor a queue can hide in between.
 */
export function composition(stages: readonly Stage[]): Law {
  return {
    name: 'composition',
    says: 'a sandwich gives what its layers give one after the other',
    needs: 'deterministic',
    async check({ backend, dtype, run }, c) {
      const alone: Run = (spec, stageCase) => runCase(spec, backend, dtype, stageCase)
      const [got, expected] = [await run(c), await compose(stages, alone, c)]
      // Layers may save more than the sandwich returns.
      const chosen = Object.fromEntries(Object.keys(got).map((name) => [name, expected[name]]))
      sameBits('composition', c, got, chosen, ['by the sandwich', 'by its layers, one after the other'])
    },
  }
}

async function compose(stages: readonly Stage[], run: Run, c: Case): Promise<Results> {
  const results: { [name: string]: NdArray } = {}
  const cases: Case[] = []
  let x = inputOf(c, 'x')
  for (const stage of stages) {
    const own = Object.fromEntries(Object.entries(c.inputs).filter(([name]) => stage.takes.includes(name)))
    const stageCase: Case = { layer: stage.spec.layer, attrs: stage.attrs(c), inputs: { ...own, x } }
    cases.push(stageCase)
    const { y, ...others } = await run(stage.spec, stageCase)
    if (!y) throw new Violation(`${stage.spec.layer}: y was not computed`, { case: c })
    Object.assign(results, others)
    x = y
  }
  results.y = x
  let dy = c.dy
  for (const [i, stage] of [...stages.entries()].reverse()) {
    const stageCase = cases[i]
    if (!stageCase || !dy) continue
    const after = await run(stage.spec, { ...stageCase, dy })
    for (const name of Object.values(stage.spec.gradients))
      if (name !== 'dx' && after[name]) results[name] = after[name]
    dy = after.dx
  }
  if (dy) results.dx = dy
  return results
}
