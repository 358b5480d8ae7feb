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
