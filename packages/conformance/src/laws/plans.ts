import { lacksTable } from '../capability.js'
import type { Case } from '../core/case.js'
import { bind, type Program, readOperands, readOutputs, record } from '../core/program.js'
import { drawn, small } from '../core/small.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import { createWorkspace, type Workspace } from '../core/workspace.js'
import type { Variant } from '../layers/variant.js'
import { variantsOf } from '../layers/variants.js'
import { roomy } from '../layers/windowVariants.js'
import { held, isHeldToItself } from './held.js'

/** Whatever is planned for a call, compiled or looked up, has to hang on all that the call hangs on. */
export function plans(spec: LayerSpec): Law {
  return {
    name: 'plans',
    says: 'calls on the same storages that differ in the layer, one attribute, mode or bias, in what is wanted or in their view of the numbers are each right',
    ...(isHeldToItself(spec, 'drawn') ? { needs: 'deterministic' } : {}),
    cases: small(spec.cases),
    weight: drawn,
    async check(subject, drawnCase, turn = 0) {
      // Few cases have room for another stride.
      const c = turn % 3 === 0 ? drawnCase : roomy(drawnCase)
      using workspace = createWorkspace(subject.backend)
      const own = programOf(subject, workspace, { differs: 'nothing', case: c })
      own.program.load()
      const others = [...kinOf(subject, c), ...variantsOf(c), ...partsOf(spec, c)]
      const kinds = [...new Set(others.map(({ differs }) => differs))]
      const count = variantsACase[subject.dtype]
      const calls = Array.from({ length: others.length > 0 ? count : 0 }, (_, i) => {
        const k = count * turn + i
        const kind = others.filter(({ differs }) => differs === kinds[k % kinds.length])
        const variant = kind[Math.floor(k / kinds.length) % kind.length]
        return [own, programOf(subject, workspace, variant)]
      })
      // Every other time a variant is the first of its shape.
      const all = [...calls.flat().slice(turn % 2), own]
      await Promise.all(all.map((call) => hold(c, call)))
    },
  }
}

/** Both dtypes are planned alike. */
const variantsACase = { float32: drawn, float64: 3 } as const

/** Variants of any layer: without a bias, without a backward pass, and without some of the gradients. */
function partsOf({ gradients }: LayerSpec, c: Case): Variant[] {
  const { b, ...others } = c.inputs
  const { dy, ...forwardOnly } = c
  const names = Object.values(gradients)
  return [
    ...(b ? [{ differs: 'bias', case: { ...c, inputs: others } }] : []),
    ...(dy ? [{ differs: 'backward', case: forwardOnly }] : []),
    ...(names.length > 0 ? [names, ...names.map((name) => [name])] : []).map((unwanted) => ({
      differs: 'wanted',
      case: c,
      unwanted,
    })),
  ]
}

/** Other layers on the same operands, so far as the backend has their kernels. */
function kinOf({ spec, backend, dtype }: Subject, c: Case): Variant[] {
  return (spec.kin?.(c) ?? []).flatMap((kin) =>
    lacksTable(backend, kin.spec.layer, dtype) ? [] : [{ differs: `layer, ${kin.spec.layer}`, ...kin }],
  )
}

interface Call extends Variant {
  readonly subject: Subject
  readonly program: Program
}

function programOf(own: Subject, workspace: Workspace, variant: Variant): Call {
  const subject = variant.spec ? own.as(variant.spec) : own
  const want = Object.fromEntries((variant.unwanted ?? []).map((name) => [name, false]))
  return { ...variant, subject, program: bind(subject, record(subject, variant.case, want), workspace) }
}

async function hold(c: Case, { subject, differs, program, ...variant }: Call): Promise<void> {
  const { inPlace = [] } = subject.spec
  // The others hold what they held.
  const isOther = (name: string) => variant.case.inputs[name] && variant.case.inputs[name].data !== c.inputs[name]?.data
  program.load([...program.operands.keys()].filter(isOther))
  const before = readOperands(subject, program, inPlace)
  program.run()
  const got = readOutputs(subject, program)
  await held(`plans: another ${differs}`, subject, inPlace.length > 0 ? await before : variant.case, await got, 'drawn')
}
