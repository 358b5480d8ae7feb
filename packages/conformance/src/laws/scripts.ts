import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { changed, rounded } from '../core/inputs.js'
import { type Program, readOperands } from '../core/program.js'
import { map } from '../core/values.js'
import type { Stage } from './stage.js'

export interface Script {
  /** What happens, as a failure tells it. */
  readonly name: string
  /** `other` has the shapes of `c`, and other values. */
  play(stage: Stage, c: Case, other: Case): Promise<void> | void
}

export const elsewhere = (name: string) => `other ${name}`

export const scripts: readonly Script[] = [
  {
    name: 'the same storages with other values, again and again',
    play(stage, c, other) {
      const [first, second] = [stage.program(c), stage.program(other)]
      for (const program of [first, second, second, first, second]) {
        program.load()
        stage.run(program)
      }
    },
  },
  {
    name: 'two programs by turns',
    play(stage, c, other) {
      const programs = both(stage, c, other)
      for (let i = 0; i < 3; i++) for (const program of programs) stage.run(program)
    },
  },
  {
    name: 'a forward pass on other tensors before the backward pass',
    play(stage, c, other) {
      const programs = both(stage, c, other)
      const before = programs.map((program) => inPlaceOf(stage, program))
      for (const { forward } of programs) forward()
      stage.between()
      for (const [i, program] of programs.entries()) {
        program.backward()
        stage.judge(program, before[i])
      }
    },
  },
  {
    name: 'a backward pass twice, with another dy',
    play(stage, c, { dy }) {
      const program = stage.program(c)
      program.load()
      const now = inPlaceOf(stage, program)
      program.run()
      stage.judge(program, now)
      stage.between()
      stage.program(changed(c, { dy })).load(['dy'])
      program.backward()
      const then = now.then((c) => changed(c, { dy }))
      stage.judge(program, then)
    },
  },
  {
    name: 'forward passes alone, then one with its backward pass',
    play(stage, c) {
      const program = stage.program(c)
      program.load()
      for (let i = 0; i < 3; i++) {
        program.forward()
        stage.between()
      }
      stage.run(program)
    },
  },
  { name: 'a backward pass on tensors that no forward pass has seen', play: backwardAlone },
  {
    name: 'the same call three times before anybody reads',
    play(stage, c) {
      const program = stage.program(c)
      program.load()
      for (let i = 0; i < 2; i++) {
        program.run()
        stage.between()
      }
      stage.run(program)
    },
  },
  {
    name: 'the same calls with reads between them and without',
    play(stage, c) {
      const [read, unread] = [stage.program(c), stage.program(c, elsewhere)]
      for (const program of [read, unread]) program.load()
      for (let i = 0; i < 3; i++) stage.run(read)
      for (let i = 0; i < 3; i++) unread.run()
      stage.same(read, unread)
    },
  },
  {
    name: 'two forward passes on the same state, with reads between them and without',
    play(stage, c, other) {
      const { inPlace = [] } = stage.subject.spec
      const pairs = ['read', 'unread'].map((name) => {
        const own = (operand: string) => `${operand} ${name}`
        const first = stage.program(c, own)
        const second = stage.program(other, (operand) => own(inPlace.includes(operand) ? operand : elsewhere(operand)))
        for (const program of [first, second]) program.load()
        return { name, first, second }
      })
      for (const { name, first, second } of pairs) {
        for (const program of [first, second, first]) {
          program.forward()
          // Queued as any call is; whoever rejects is seen by the last read.
          if (name === 'read') void inPlaceOf(stage, program)
        }
        second.run()
      }
      stage.same(pairs[0].second, pairs[1].second)
    },
  },
  {
    name: 'a call of another size before it',
    play(stage, c) {
      const { spec, dtype } = stage.subject
      const [large] = fc.sample(spec.cases, { seed: stage.turn, numRuns: 1 })
      const programs = [stage.program(rounded(large, dtype), elsewhere), stage.program(c)]
      for (const program of programs) program.load()
      for (let i = 0; i < 2; i++) for (const program of programs) stage.run(program)
    },
  },
  {
    name: 'one operand in another storage',
    play(stage, c, { dy, inputs }) {
      const names = [...Object.keys(c.inputs), ...(c.dy ? ['dy'] : [])]
      const name = names[stage.turn % names.length]
      const other = changed(c, name === 'dy' ? { dy } : { inputs: { [name]: inputs[name] } })
      const programs = [stage.program(c), stage.program(other, (own) => (own === name ? elsewhere(own) : own))]
      for (const program of programs) program.load()
      for (const program of [...programs, ...programs]) stage.run(program)
    },
  },
  {
    name: 'one storage for two operands',
    play(stage, c) {
      const first = stage.program(c)
      first.load()
      stage.run(first)
      for (const [one, two] of pairsOf(stage, c)) {
        const array = one === 'dy' ? c.dy : c.inputs[one]
        const shape = two === 'dy' ? c.dy?.shape : c.inputs[two].shape
        const same = array && shape && { shape, data: array.data }
        const both = changed(c, two === 'dy' ? { dy: same } : { inputs: same ? { [two]: same } : {} })
        const shared = stage.program(both, (name) => (name === two ? one : name))
        stage.run(shared)
        stage.run(shared)
      }
      stage.run(first)
    },
  },
  { name: 'results of one call as operands of the next', play: chained },
  {
    name: 'the same call on NaN before it',
    play(stage, c, other) {
      const spoilt = stage.program(withNaN(other), stage.turn % 2 === 0 ? elsewhere : undefined)
      const program = stage.program(c)
      for (let i = 0; i < 2; i++) {
        spoilt.load()
        spoilt.run()
        program.load()
        stage.run(program)
      }
    },
  },
  {
    name: 'an allocation that is refused between two calls',
    play(stage, c, other) {
      const { backend, dtype } = stage.subject
      const program = stage.program(c)
      program.load()
      stage.run(program)
      try {
        backend.free(backend.alloc(2 ** 46, dtype))
      } catch {
        // As it should be: `usable after an error` holds the backend to it.
      }
      stage.run(program)
      const next = stage.program(other)
      next.load()
      stage.run(next)
    },
  },
]

/** Nothing but NaN, where a number may be one. */
function withNaN(c: Case): Case {
  const spoilt = (array: NdArray) => (array.data instanceof Int32Array ? array : map(array, () => Number.NaN))
  const inputs = Object.entries(c.inputs).map(([name, array]) => [name, spoilt(array)])
  return changed(c, { inputs: Object.fromEntries(inputs), dy: c.dy && spoilt(c.dy) })
}

function both(stage: Stage, c: Case, other: Case): readonly [Program, Program] {
  const programs = [stage.program(c), stage.program(other, elsewhere)] as const
  for (const program of programs) program.load()
  return programs
}

function inPlaceOf({ subject }: Stage, program: Program): Promise<Case> {
  return readOperands(subject, program, subject.spec.inPlace ?? [])
}

/** Two operands of one size that nothing overwrites. */
function pairsOf({ subject: { spec } }: Stage, c: Case): (readonly [string, string])[] {
  const all = Object.entries(c.dy ? { ...c.inputs, dy: c.dy } : c.inputs)
  const open = all.filter(([name, { data }]) => !spec.inPlace?.includes(name) && data instanceof Float64Array)
  return open.flatMap(([one, a], i) =>
    open.slice(i + 1).flatMap(([two, b]) => (a.data.length === b.data.length ? [[one, two] as const] : [])),
  )
}

/** What the forward pass left is written from the host. */
async function backwardAlone(stage: Stage, c: Case): Promise<void> {
  const { backend, spec } = stage.subject
  const first = stage.program(c)
  first.load()
  stage.run(first)
  const second = stage.program(c, elsewhere)
  second.load()
  const gradients = new Set(Object.values(spec.gradients).map((name) => second.outputs.get(name)?.storage))
  const left = await Promise.all(first.storages.map((storage) => backend.read(storage)))
  for (const [i, storage] of second.storages.entries())
    backend.write(storage, gradients.has(storage) ? left[i].fill(0.5) : left[i])
  second.backward()
  // The forward pass itself is not repeated: what it changes in place is as the first one left it.
  stage.judge(second, Promise.resolve(c))
}

/** Gradients take the place of what they are gradients of; else any result that fits. */
function chained(stage: Stage, c: Case): void {
  const { subject } = stage
  const first = stage.program(c)
  first.load()
  stage.run(first)
  const { operands, outputs } = first.recorded
  const places = new Map<string, string>()
  for (const [name, { token }] of operands) {
    if (subject.spec.inPlace?.includes(name) || token.dtype === 'int32') continue
    const fits = [...outputs].filter(([, output]) => output.token !== token && output.token.length === token.length)
    const [result] = fits.find(([output]) => output === `d${name}`) ?? fits[places.size % fits.length] ?? []
    if (result) places.set(name, result)
  }
  const second = stage.program(c, (name) => places.get(name) ?? elsewhere(name))
  second.load([...operands.keys()].filter((name) => !places.has(name)))
  const now = readOperands(subject, second, [...operands.keys()])
  second.run()
  stage.judge(second, now, 'computed')
}
