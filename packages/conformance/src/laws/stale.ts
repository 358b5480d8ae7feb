import { changed } from '../core/inputs.js'
import { bind, type Recorded, readOperands, readOutputs, record } from '../core/program.js'
import { drawn, small } from '../core/small.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import { createSupplies, pickWay, type Supplies, type Way, waysOf } from '../core/ways.js'
import { createWorkspace, type Workspace } from '../core/workspace.js'
import { held, isHeldToItself } from './held.js'

/** Weights are packed, images unfolded, roots taken: what is kept of an operand has to go when the operand changes. */
export function stale(spec: LayerSpec): Law {
  return {
    name: 'stale',
    says: 'a call works on what its operands hold now, whichever write or kernel changed them',
    ...(isHeldToItself(spec, 'computed') ? { needs: 'deterministic' } : {}),
    cases: small(spec.cases),
    weight: drawn,
    async check(subject, c, turn = 0, share = 1) {
      using workspace = createWorkspace(subject.backend)
      using supplies = createSupplies(subject.backend, subject.dtype)
      const changers = { subject, supplies, ways: waysOf(subject.backend, subject.dtype) }
      const recorded = record(subject, c)
      bind(subject, recorded, workspace).load()
      const { least, most } = roundsOf[subject.dtype]
      const rounds = Math.max(least, Math.ceil(share * most))
      for (let k = rounds * turn; k < rounds * (turn + 1); k++) {
        const changes = [all(changers, recorded, 2 * k), all(changers, recorded, 2 * k + 1)]
        if (k % rounds === 0) changes.push([...one(changers, recorded, turn), ...outputs(changers, recorded, turn)])
        await Promise.all(changes.map((list) => hold(subject, recorded, workspace, list)))
      }
    },
  }
}

/** In each of which all operands change twice: with the most of them, a default run gets to every way. Both dtypes are kept alike. */
const roundsOf = { float32: { least: 2, most: 4 }, float64: { least: 1, most: 2 } } as const

interface Changers {
  readonly subject: Subject
  readonly supplies: Supplies
  readonly ways: readonly Way[]
}

interface Change {
  readonly operand: string
  /** `w by adam.update (w)` */
  readonly name: string
  /** Whether the storage is freed and allocated again first. */
  readonly renewed?: boolean
  apply(storage: unknown): void
}

/** The call, changes and the call again, all queued before this returns; what was prepared for the changes stands already. */
async function hold(
  subject: Subject,
  recorded: Recorded,
  workspace: Workspace,
  changes: readonly Change[],
): Promise<void> {
  const { inPlace = [] } = subject.spec
  const warm = bind(subject, recorded, workspace)
  warm.run()
  const renewed = changes.filter((change) => change.renewed)
  for (const { operand } of renewed) {
    const { length, dtype } = recorded.operands.get(operand)?.token ?? { length: 0, dtype: subject.dtype }
    workspace.renew(operand, length, dtype)
  }
  const program = renewed.length > 0 ? bind(subject, recorded, workspace) : warm
  for (const { operand, apply } of changes)
    apply((program.operands.get(operand) ?? program.outputs.get(operand))?.storage)

  const others = [...program.operands.keys()].filter((name) => !inPlace.includes(name))
  const before = readOperands(subject, program, inPlace)
  program.run()
  const got = readOutputs(subject, program)
  const after = await readOperands(subject, program, others)
  const { inputs } = await before
  const now = changed(after, { inputs: Object.fromEntries(inPlace.map((name) => [name, inputs[name]])) })
  await held(`stale: ${changes.map(({ name }) => name).join(', ')}`, subject, now, await got, 'computed')
}

/** Every operand, each in another way. */
function all(changers: Changers, recorded: Recorded, k: number): Change[] {
  return [...recorded.operands.keys()].map((name, i) => changeOf(changers, recorded, name, k + 7 * i))
}

/** One operand, or none at all. */
function one(changers: Changers, recorded: Recorded, k: number): Change[] {
  const names = [...recorded.operands.keys()]
  const name = names[k % (names.length + 1)]
  return name === undefined ? [] : [changeOf(changers, recorded, name, Math.floor(k / (names.length + 1)))]
}

/** What the outputs hold from the call before is no result any more. */
function outputs({ supplies, ways }: Changers, recorded: Recorded, k: number): Change[] {
  const operands = new Set([...recorded.operands.values()].map(({ token }) => token))
  const free = [...recorded.outputs].filter(([, { token }]) => !operands.has(token))
  return free.map(([operand, { token }], i) => {
    const { name, change } = pickWay(ways, k + 7 * i, operand, token.length, supplies)
    return { operand, name: `${operand} by ${name}`, apply: change }
  })
}

function changeOf(
  { subject: { backend }, supplies, ways }: Changers,
  recorded: Recorded,
  operand: string,
  k: number,
): Change {
  const data = recorded.operands.get(operand)?.data ?? []
  if (data instanceof Int32Array) {
    const relabelled = data.map((label) => (label + 1 + k) % Number(recorded.case.attrs.classes))
    const apply = (storage: unknown) => backend.write(storage, relabelled)
    return { operand, name: `${operand} by write`, renewed: k % 2 === 0, apply }
  }
  // Once in a while another storage, which may take the place of the one that was freed.
  const renewed = k % renewal === 0
  const open = renewed ? ways.filter(({ overwrites }) => overwrites) : ways
  const { name, change } = pickWay(open, k, operand, data.length, supplies)
  return { operand, name: `${operand} by ${renewed ? 'another storage and ' : ''}${name}`, renewed, apply: change }
}

const renewal = 9
