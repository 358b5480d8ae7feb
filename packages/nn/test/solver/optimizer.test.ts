import {
  adam,
  ConfigError,
  Scope,
  ShapeError,
  type Update,
  type UpdateName,
  updates as updatesByName,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, it } from 'vitest'
import {
  createOptimizer,
  type OptimizerConfig,
  optimizerNames,
  type Parameter,
  type ParameterGroup,
  type RunProgress,
} from '../../src/index.js'

const updates: readonly Update<{ readonly learningRate: number }, UpdateName>[] = Object.values(updatesByName)

function parameters(scope: Scope): Parameter[] {
  const random = new Random(1)
  return [
    { name: 'W', tensor: scope.from(random.normal(6), [2, 3]), decay: true },
    { name: 'b', tensor: scope.from(random.normal(3), [3]), decay: false },
  ]
}

describe('createOptimizer', () => {
  it('knows every update of the api', () => {
    expect(optimizerNames).toEqual(updates.map(({ name }) => name))
  })

  it.each(updates)('steps every parameter as $name does, its state starting at zero', async (update) => {
    using scope = new Scope(createNaive())
    const params = parameters(scope)
    const byHand = parameters(scope).map(({ tensor, decay }) => {
      const slots = update.slots.map(() => scope.from(new Float64Array(tensor.size), tensor.shape))
      return { tensor, slots, decay }
    })
    const optimizer = createOptimizer(
      { name: update.name, learningRate: ({ step }) => 0.1 / (step + 1) },
      params,
      scope,
    )
    expect([...optimizer.slots.keys()]).toEqual(
      ['W', 'b'].flatMap((name) => update.slots.map((slot) => `${name}.${slot}`)),
    )
    const random = new Random(2)
    for (let step = 1; step <= 3; step++) {
      const grads = params.map(({ tensor }) => scope.from(random.normal(tensor.size), tensor.shape))
      const learningRate = 0.1 / step
      optimizer.step(grads, { step: step - 1, steps: 3, epoch: 0, epochs: 1, checks: [] })
      for (const [i, { tensor, slots, decay }] of byHand.entries()) {
        const scalars = { ...update.defaults, learningRate, step, ...(decay ? {} : { weightDecay: 0 }) }
        if (grads[i]) update.update(tensor, grads[i], slots, scalars)
      }
      expect(optimizer.steps).toBe(step)
      for (const [i, { tensor }] of params.entries())
        expect(await tensor.read()).toEqual(await byHand[i]?.tensor.read())
    }
  })

  it('decays weights alone', async () => {
    using scope = new Scope(createNaive())
    const params = parameters(scope)
    const before = await Promise.all(params.map(({ tensor }) => tensor.read()))
    const zeros = params.map(({ tensor }) => scope.from(new Float64Array(tensor.size), tensor.shape))
    createOptimizer({ name: 'adamw', learningRate: 0.1, weightDecay: 0.5 }, params, scope).step(zeros)
    const [w, b] = await Promise.all(params.map(({ tensor }) => tensor.read()))
    expect(b).toEqual(before[1])
    for (const [i, value] of (before[0] ?? []).entries()) expect(w?.[i]).toBeCloseTo(value * 0.95, 14)
  })

  it.each(updates)('steps each group of $name as an optimizer of its parameters alone', async ({ name }) => {
    using scope = new Scope(createNaive())
    const base = { learningRate: ({ step }: RunProgress) => 0.1 / (step + 1) }
    const own = { learningRate: ({ step }: RunProgress) => 3 / (step + 2) }
    const groups = [{ match: 'b', ...own }]
    const lrDecay = 0.5
    const params = parameters(scope)
    const apart = parameters(scope)
    const whole = createOptimizer({ name, ...base, groups }, params, scope, { lrDecay })
    const alone = apart.map((parameter, i) =>
      createOptimizer({ name, ...(i === 0 ? base : own) }, [parameter], scope, { lrDecay }),
    )
    const random = new Random(2)
    for (let step = 0; step < 3; step++) {
      const grads = params.map(({ tensor }) => scope.from(random.normal(tensor.size), tensor.shape))
      const progress = { step, steps: 3, epoch: step, epochs: 3, checks: [] }
      const told = whole.step(grads, progress)
      const [first] = alone.map((optimizer, i) => optimizer.step(grads.slice(i, i + 1), progress))
      expect(told).toEqual(first)
      for (const [i, { tensor }] of params.entries()) expect(await tensor.read()).toEqual(await apart[i]?.tensor.read())
    }
  })

  it('has each parameter in the first group that matches the whole of its name', async () => {
    using scope = new Scope(createNaive())
    const ratesOf = async (names: readonly string[], matches: readonly string[]) => {
      const params = names.map((name) => ({ name, tensor: scope.from(new Float64Array(1), [1]), decay: true }))
      const groups = matches.map((match, i) => ({ match, learningRate: i + 1 }))
      const optimizer = createOptimizer({ name: 'sgd', learningRate: 0, groups }, params, scope)
      optimizer.step(params.map(() => scope.from(new Float64Array([-1]), [1])))
      return (await Promise.all(params.map(({ tensor }) => tensor.read()))).map(([value]) => value)
    }
    const names = ['batchNorm1.beta', 'batchNorm1.gamma', 'residual1.batchNorm1.beta', 'affine1.w', 'W', 'aba']
    const none = [0, 0, 0, 0, 0, 0]
    const only = (...members: readonly number[]) => none.map((_, i) => (members.includes(i) ? 1 : 0))
    expect(await ratesOf(names, [])).toEqual(none)
    expect(await ratesOf(names, ['*.beta'])).toEqual(only(0, 2))
    expect(await ratesOf(names, ['batchNorm*.beta'])).toEqual(only(0))
    expect(await ratesOf(names, ['*batchNorm*.*a'])).toEqual(only(0, 1, 2))
    expect(await ratesOf(names, ['W'])).toEqual(only(4))
    expect(await ratesOf(names, ['a*'])).toEqual(only(3, 5))
    expect(await ratesOf(names, ['*.beta', 'batch*', '*'])).toEqual([1, 2, 1, 3, 3, 3])
    expect(await ratesOf(['aba', 'ababa', 'a.b'], ['aba*ba', 'a.b'])).toEqual([0, 1, 2])
  })

  it('decays all of a group that gives the decay, and otherwise weights alone', async () => {
    const moved = async (groups: readonly ParameterGroup<'nesterov'>[]) => {
      using scope = new Scope(createNaive())
      const params = parameters(scope)
      const before = await Promise.all(params.map(({ tensor }) => tensor.read()))
      const zeros = params.map(({ tensor }) => scope.from(new Float64Array(tensor.size), tensor.shape))
      createOptimizer({ name: 'nesterov', learningRate: 0.5, weightDecay: 0.5, groups }, params, scope).step(zeros)
      const after = await Promise.all(params.map(({ tensor }) => tensor.read()))
      return after.map((values, i) => (values[0] ?? 0) / (before[i]?.[0] ?? 0))
    }
    // Powers of two: the division is exact.
    expect(await moved([])).toEqual([0.75, 1])
    expect(await moved([{ match: '*', learningRate: 0.25 }])).toEqual([0.875, 1])
    expect(await moved([{ match: 'b', weightDecay: 1 }])).toEqual([0.75, 0.5])
    expect(await moved([{ match: 'W', weightDecay: 0 }])).toEqual([1, 1])
  })

  it('refuses groups that are none, that nothing is in, and what it would refuse outside them', () => {
    using scope = new Scope(createNaive())
    const make = (groups: unknown) => () =>
      createOptimizer({ name: 'sgd', groups } as OptimizerConfig, parameters(scope), scope)
    const of = (match: string) => `optimizer: no parameter is in the group ${match}; each is in the first group that`
    expect(make([{ match: '*.b' }])).toThrow(`${of('"*.b"')} matches its name (their names are W, b)`)
    expect(make([{ match: '*' }, { match: 'b' }])).toThrow(of('"b"'))
    expect(make([{ match: 'b', learningrate: 1 }])).toThrow(
      new ConfigError(
        'optimizer: sgd in the group "b" has no learningrate; did you mean learningRate? (its hyperparameters are learningRate)',
      ),
    )
    expect(make([{ match: 'b', learningRate: Number.NaN }])).toThrow(ConfigError)
    for (const groups of ['b', null, [{ learningRate: 1 }], ['b'], [null], [{ match: /b/ }]])
      expect(make(groups)).toThrow(ConfigError)
  })

  it('fills in the hyperparameters that are left out', () => {
    using scope = new Scope(createNaive())
    const { step: _, ...defaults } = adam.defaults
    expect(createOptimizer('adam', [], scope).hyperparameters).toEqual(defaults)
    expect(createOptimizer({ name: 'adam', beta1: 0.5 }, [], scope).hyperparameters).toEqual({
      ...defaults,
      beta1: 0.5,
    })
  })

  it('takes schedules, and refuses values of theirs that are not finite, before it moves anything', async () => {
    using scope = new Scope(createNaive())
    const params = parameters(scope)
    const before = await params[0]?.tensor.read()
    const momentum = ({ step }: RunProgress) => (step === 3 ? Number.NaN : step / 10)
    const optimizer = createOptimizer(
      { name: 'sgdMomentum', learningRate: ({ epoch }) => epoch, momentum },
      params,
      scope,
    )
    const progress = { step: 2, steps: 9, epoch: 4, epochs: 5, checks: [] }
    expect(optimizer.at(progress)).toEqual({ learningRate: 4, momentum: 0.2 })
    const grads = params.map(({ tensor }) => tensor)
    expect(() => optimizer.step(grads, { ...progress, step: 3 })).toThrow(
      new ConfigError(
        'optimizer: the schedule of momentum of sgdMomentum gave NaN at step 3; it must give a finite number',
      ),
    )
    expect(() => optimizer.step(grads)).toThrow(
      new ConfigError('optimizer: momentum of sgdMomentum is a schedule; give step the progress'),
    )
    expect(await params[0]?.tensor.read()).toEqual(before)
    expect(optimizer.steps).toBe(0)
  })

  it('frees its state when disposed', () => {
    using scope = new Scope(createNaive())
    const params = parameters(scope)
    const live = scope.live
    createOptimizer('adam', params, scope)[Symbol.dispose]()
    expect(scope.live).toBe(live)
  })

  it('refuses unknown names and hyperparameters, numbers that are none, and a wrong count of gradients', () => {
    using scope = new Scope(createNaive())
    const make = (config: object | string) => () => createOptimizer(config as OptimizerConfig, parameters(scope), scope)
    expect(make('adagrad')).toThrow(
      new ConfigError('optimizer: unknown name "adagrad" (known: sgd, sgdMomentum, rmsprop, adam, adamw, nesterov)'),
    )
    expect(make({ name: 'sgd', momentum: 0.9 })).toThrow(
      new ConfigError('optimizer: sgd has no momentum (its hyperparameters are learningRate)'),
    )
    expect(make({ name: 'adam', beta1: '0.9' })).toThrow(ConfigError)
    expect(make({ name: 'adam', step: 3 })).toThrow(ConfigError)
    expect(() => make('sgd')().step([])).toThrow(ShapeError)
  })
})
