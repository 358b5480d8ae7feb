import type { Case } from '../core/case.js'
import { whyUnclaimed } from '../core/claims.js'
import { bind, type Recorded, readOperands, readOutputs, record } from '../core/program.js'
import { drawn, otherwise, small } from '../core/small.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import { createWorkspace, type Workspace } from '../core/workspace.js'
import { held, isHeldToItself } from './held.js'
import { sameBits } from './sameBits.js'
import { scripts } from './scripts.js'
import type { Stage } from './stage.js'

/** A programme of calls: what comes before a call, beside it and between its passes must not show in its results. */
export function replays(spec: LayerSpec): Law {
  return {
    name: 'replays',
    says: 'calls that are repeated with other values, interleaved, chained or cut short give what each gives alone',
    ...(isHeldToItself(spec, 'computed') ? { needs: 'deterministic' } : {}),
    cases: small(spec.cases),
    weight: drawn,
    async check(subject, c, turn = 0) {
      const other = otherwise(c)
      const known = new Map([c, other].map((own) => [own, record(subject, own)]))
      const count = scriptsACase[subject.dtype]
      for (let k = count * turn; k < count * (turn + 1); k++) {
        using workspace = createWorkspace(subject.backend)
        const { name, play } = scripts[k % scripts.length]
        const stage = createStage(subject, workspace, known, name, Math.floor(k / scripts.length))
        await play(stage, c, other)
        await stage.end()
      }
    },
  }
}

/** Each is played at least four times by a check's eight cases in float32. */
const scriptsACase = { float32: 8, float64: 5 } as const

function createStage(
  subject: Subject,
  workspace: Workspace,
  known: ReadonlyMap<Case, Recorded>,
  script: string,
  turn: number,
): Stage {
  const { backend, spec } = subject
  const { inPlace = [] } = spec
  const pending: Promise<unknown>[] = []
  const later = (promise: Promise<unknown> | undefined) => {
    // Whoever fails before the end need not see it reject.
    promise?.catch(() => {})
    pending.push(Promise.resolve(promise))
  }

  const stage: Stage = {
    subject,
    turn,
    program: (c, rename) => bind(subject, known.get(c) ?? record(subject, c), workspace, rename),

    run(program, calls = program.run) {
      const now = readOperands(subject, program, inPlace)
      calls()
      stage.judge(program, now)
      stage.between()
    },

    judge(program, now, origin = 'drawn') {
      const got = readOutputs(subject, program)
      later(now.then(async (c) => held(`replays: ${script}`, subject, c, await got, origin)))
    },

    same(a, b) {
      const [one, other] = [a, b].map((program) => readOutputs(subject, program))
      if (whyUnclaimed(backend, { needs: 'deterministic', dtype: subject.dtype, layer: spec.layer }) === null)
        later(one.then(async (results) => sameBits(`replays: ${script}`, a.recorded.case, await other, results)))
    },

    between() {
      const way = turn % 3
      if (way === 1) backend.mark?.('step')
      if (way === 2) later(backend.sync?.())
    },

    async end() {
      await Promise.all(pending)
    },
  }
  return stage
}
