import {
  type Activation,
  activations,
  affine,
  affineRelu,
  avgPool2d,
  batchNorm,
  concat,
  conv2d,
  convRelu,
  type ElementLoss,
  elementLosses,
  groupNorm,
  type Loss,
  layerNorm,
  maxPool2d,
  relu,
  type Scope,
  softmaxCrossEntropy,
  svmLoss,
  type Update,
  updates,
  vector,
} from '@convkit/api'

/** Makes one tensor-level call and says which tensor each name of the kernel's signature stands for. */
type Run = (scope: Scope) => { readonly [name: string]: unknown }

const make = (scope: Scope, ...shape: number[]) => scope.alloc(shape, 'float64')

function convInputs(scope: Scope) {
  return { x: make(scope, 2, 3, 5, 5), w: make(scope, 4, 3, 3, 3), b: make(scope, 4) }
}

function affineInputs(scope: Scope) {
  return { x: make(scope, 2, 3), w: make(scope, 3, 4), b: make(scope, 4) }
}

function batchNormInputs(scope: Scope) {
  const [gamma, beta, runningMean, runningVar] = [make(scope, 3), make(scope, 3), make(scope, 3), make(scope, 3)]
  return { x: make(scope, 4, 3), gamma, beta, runningMean, runningVar }
}

function batchNormBackward(scope: Scope, mode: 'train' | 'test') {
  const { saved } = batchNorm.forward(scope, batchNormInputs(scope), { mode })
  const dy = make(scope, 4, 3)
  return { dy, ...saved, ...batchNorm.backward(scope, dy, saved) }
}

function normInputs(scope: Scope) {
  return { x: make(scope, 2, 4), gamma: make(scope, 4), beta: make(scope, 4) }
}

function lossInputs(scope: Scope) {
  return { logits: make(scope, 3, 4), labels: scope.labels(Int32Array.of(0, 1, 3), 4) }
}

function lossForward(loss: Loss): Run {
  return (scope) => {
    const inputs = lossInputs(scope)
    return { ...inputs, ...loss.forward(scope, inputs) }
  }
}

function lossBackward(loss: Loss): Run {
  return (scope) => {
    const { saved } = loss.forward(scope, lossInputs(scope))
    return { ...saved, ...loss.backward(scope, saved) }
  }
}

function elementLossRuns(loss: ElementLoss): [string, Run][] {
  const forward: Run = (scope) => {
    const inputs = { x: make(scope, 2, 3), t: make(scope, 2, 3) }
    return { ...inputs, ...loss.forward(scope, inputs) }
  }
  const backward: Run = (scope) => {
    const { saved } = loss.forward(scope, { x: make(scope, 2, 3), t: make(scope, 2, 3) })
    return { ...saved, ...loss.backward(scope, saved) }
  }
  return [
    [`${loss.name}.forward`, forward],
    [`${loss.name}.backward`, backward],
  ]
}

function step<Scalars extends object>(optimizer: Update<Scalars>): Run {
  return (scope) => {
    const [g, w] = [make(scope, 5), make(scope, 5)]
    const slots = optimizer.slots.map(() => make(scope, 5))
    optimizer.update(w, g, slots, optimizer.defaults)
    return { g, w, ...Object.fromEntries(optimizer.slots.map((slot, i) => [slot, slots[i]])) }
  }
}

function elementwise(activation: Activation): [string, Run][] {
  const forward: Run = (scope) => {
    const x = make(scope, 6)
    return { x, ...activation.forward(scope, { x }) }
  }
  const backward: Run = (scope) => {
    const { saved } = activation.forward(scope, { x: make(scope, 6) })
    const dy = make(scope, 6)
    return { dy, ...saved, ...activation.backward(scope, dy, saved) }
  }
  return [
    [`${activation.name}.forward`, forward],
    [`${activation.name}.backward`, backward],
  ]
}

/** For every kernel, the call that reaches it. */
export const runs: { readonly [kernel: string]: Run } = {
  'vector.fill': (scope) => {
    const y = make(scope, 3)
    vector.fill(y, 2)
    return { y }
  },
  'vector.copy': (scope) => {
    const [x, y] = [make(scope, 3), make(scope, 3)]
    vector.copy(x, y)
    return { x, y }
  },
  'vector.scale': (scope) => {
    const y = make(scope, 3)
    vector.scale(y, 2)
    return { y }
  },
  'vector.addScaled': (scope) => {
    const [x, y] = [make(scope, 3), make(scope, 3)]
    vector.addScaled(y, 2, x)
    return { x, y }
  },
  'vector.multiply': (scope) => {
    const [x, m, y] = [make(scope, 3), make(scope, 3), make(scope, 3)]
    vector.multiply(x, m, y)
    return { x, m, y }
  },
  'vector.sumOfSquares': (scope) => {
    const x = make(scope, 3)
    return { x, y: vector.sumOfSquares(scope, x) }
  },
  'affine.forward': (scope) => {
    const inputs = affineInputs(scope)
    return { ...inputs, ...affine.forward(scope, inputs) }
  },
  'affine.backward': (scope) => {
    const { saved } = affine.forward(scope, affineInputs(scope))
    const dy = make(scope, 2, 4)
    return { dy, ...saved, ...affine.backward(scope, dy, saved) }
  },
  'conv2d.forward': (scope) => {
    const inputs = convInputs(scope)
    return { ...inputs, ...conv2d.forward(scope, inputs) }
  },
  'conv2d.backward': (scope) => {
    const { saved } = conv2d.forward(scope, convInputs(scope))
    const dy = make(scope, 2, 4, 3, 3)
    return { dy, ...saved, ...conv2d.backward(scope, dy, saved) }
  },
  'maxPool2d.forward': (scope) => {
    const x = make(scope, 2, 3, 4, 4)
    const { y } = maxPool2d.forward(scope, { x }, { kernel: 2 })
    return { x, y }
  },
  'maxPool2d.backward': (scope) => {
    const { saved } = maxPool2d.forward(scope, { x: make(scope, 2, 3, 4, 4) }, { kernel: 2 })
    const dy = make(scope, 2, 3, 2, 2)
    return { dy, ...saved, ...maxPool2d.backward(scope, dy, saved) }
  },
  'avgPool2d.forward': (scope) => {
    const x = make(scope, 2, 3, 4, 4)
    return { x, ...avgPool2d.forward(scope, { x }, { kernel: 2 }) }
  },
  'avgPool2d.backward': (scope) => {
    const { saved } = avgPool2d.forward(scope, { x: make(scope, 2, 3, 4, 4) }, { kernel: 2 })
    const dy = make(scope, 2, 3, 2, 2)
    return { dy, ...avgPool2d.backward(scope, dy, saved) }
  },
  'concat.forward': (scope) => {
    const [x, z] = [make(scope, 2, 3, 4), make(scope, 2, 1, 4)]
    return { x, z, ...concat.forward(scope, { x, z }) }
  },
  'concat.backward': (scope) => {
    const { saved } = concat.forward(scope, { x: make(scope, 2, 3, 4), z: make(scope, 2, 1, 4) })
    const dy = make(scope, 2, 4, 4)
    return { dy, ...concat.backward(scope, dy, saved) }
  },
  'relu.forward': (scope) => {
    const x = make(scope, 6)
    return { x, ...relu.forward(scope, { x }) }
  },
  'relu.backward': (scope) => {
    const { y, saved } = relu.forward(scope, { x: make(scope, 6) })
    const dy = make(scope, 6)
    return { dy, y, ...relu.backward(scope, dy, saved) }
  },
  ...Object.fromEntries(Object.values(activations).flatMap(elementwise)),
  'batchNorm.statistics': (scope) => {
    const inputs = batchNormInputs(scope)
    return { ...batchNorm.forward(scope, inputs, { mode: 'train' }).saved }
  },
  'batchNorm.running': (scope) => {
    const inputs = batchNormInputs(scope)
    const { saved } = batchNorm.forward(scope, inputs, { mode: 'train' })
    // The second of its two calls: the variance's.
    return { batch: saved.variance, running: inputs.runningVar }
  },
  'batchNorm.normalize': (scope) => {
    const inputs = batchNormInputs(scope)
    const { y } = batchNorm.forward(scope, inputs, { mode: 'test' })
    return { ...inputs, mean: inputs.runningMean, variance: inputs.runningVar, y }
  },
  'batchNorm.reduce': (scope) => batchNormBackward(scope, 'train'),
  'batchNorm.input': (scope) => batchNormBackward(scope, 'train'),
  'batchNorm.inputFixed': (scope) => batchNormBackward(scope, 'test'),
  'layerNorm.forward': (scope) => {
    const inputs = normInputs(scope)
    const { y, saved } = layerNorm.forward(scope, inputs)
    return { ...inputs, ...saved, y }
  },
  'layerNorm.backward': (scope) => {
    const { saved } = layerNorm.forward(scope, normInputs(scope))
    const dy = make(scope, 2, 4)
    return { dy, ...saved, ...layerNorm.backward(scope, dy, saved) }
  },
  'groupNorm.forward': (scope) => {
    const inputs = normInputs(scope)
    const { y, saved } = groupNorm.forward(scope, inputs, { groups: 2 })
    return { ...inputs, ...saved, y }
  },
  'groupNorm.backward': (scope) => {
    const { saved } = groupNorm.forward(scope, normInputs(scope), { groups: 2 })
    const dy = make(scope, 2, 4)
    return { dy, ...saved, ...groupNorm.backward(scope, dy, saved) }
  },
  'softmaxCrossEntropy.forward': lossForward(softmaxCrossEntropy),
  'softmaxCrossEntropy.backward': lossBackward(softmaxCrossEntropy),
  'svmLoss.forward': lossForward(svmLoss),
  'svmLoss.backward': lossBackward(svmLoss),
  ...Object.fromEntries(Object.values(elementLosses).flatMap(elementLossRuns)),
  ...Object.fromEntries(Object.values(updates).map((update) => [`${update.name}.update`, step(update)])),
  'affineRelu.forward': (scope) => {
    const inputs = affineInputs(scope)
    return { ...inputs, ...affineRelu.forward(scope, inputs) }
  },
  'convRelu.forward': (scope) => {
    const inputs = convInputs(scope)
    return { ...inputs, ...convRelu.forward(scope, inputs) }
  },
}
