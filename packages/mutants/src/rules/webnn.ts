import { everywhere, type Judged, type Rule } from './rule.js'

type Metric = { readonly ulps: number } | { readonly absolute: number }

const floats = new Float32Array(1)
const words = new Uint32Array(floats.buffer)

/** The bits of a float32 as the tests read them: below 0 they continue as negative numbers, so that no distance spans 0. */
function bitsOf(value: number): number {
  floats[0] = value
  return value < 0 ? words[0] - 2 ** 32 : words[0]
}

export function ulpsBetween(a: number, b: number): number {
  return a === b ? 0 : Math.abs(bitsOf(a) - bitsOf(b))
}

const shapeOf = (judged: Judged, input: string) => judged.case.inputs[input].shape

/** A product and a sum for each tap; the bias is not counted. */
function conv2d(judged: Judged): Metric {
  const [, channels, height, width] = shapeOf(judged, 'w')
  return { ulps: 2 * channels * height * width }
}

function gemm(judged: Judged): Metric {
  const [inSize] = shapeOf(judged, 'w')
  return { ulps: 2 * inSize + (judged.case.inputs.b ? 1 : 0) }
}

function pool(judged: Judged): Metric {
  const [height, width] = judged.case.attrs.kernel as readonly [number, number]
  return { ulps: height * width + 2 }
}

/** Of batch norm WebNN has test mode alone, and of group norm the case of one channel a group. */
const metrics: { readonly [output: string]: (judged: Judged) => Metric | null } = {
  'conv2d/y': conv2d,
  'affine/y': gemm,
  'relu/y': () => ({ ulps: 0 }),
  'maxPool2d/y': () => ({ ulps: 0 }),
  'avgPool2d/y': pool,
  'batchNorm/y': ({ case: c }) => (c.attrs.mode === 'test' ? { ulps: 6 } : null),
  'layerNorm/y': () => ({ absolute: 1 / 1024 }),
  'groupNorm/y': (judged) => {
    const { shape } = judged.case.inputs.x
    return shape.length === 4 && judged.case.attrs.groups === shape[1] ? { ulps: 840 } : null
  },
  'vector/copy': () => ({ ulps: 0 }),
  'vector/scale': () => ({ ulps: 1 }),
  'vector/multiply': () => ({ ulps: 1 }),
  'vector/addScaled': () => ({ ulps: 2 }),
  'vector/sumOfSquares': (judged) => ({ ulps: 2 * judged.case.inputs.x.data.length }),
  // Of a graph the tolerances of its operators are added up.
  'affineRelu/y': gemm,
  'convRelu/y': conv2d,
  'convReluPool/y': conv2d,
}

export const webnn: Rule = {
  name: 'WebNN conformance tests',
  source:
    'https://github.com/servo/servo/blob/04fb9389df007def83bba32a398d916ff5fe0e22/tests/wpt/tests/webnn/resources/utils.js',
  says: 'a number of float32 steps by operator: conv2d 2 x taps x channels, gemm 2 x width (+ 1 with a bias), average pooling taps + 2, batch norm 6, relu and max pooling 0; layer norm 1/1024 absolute',
  scope:
    'outputs of forward operators, float32; batch norm in test mode, group norm as instance norm; no losses, gradients, statistics or steps',
  reference: 'stored numbers of the dtype; here the definition, rounded to float32',
  draws: 'a few small shapes an operator, stored with the tests, mostly between -100 and 100',
  nonFinite:
    'the bits of the dtype are compared: NaN agrees with the same NaN, infinity is next to the largest number; in layer norm whatever is not finite is wrong',
  judge(judged) {
    if (judged.dtype !== 'float32' || judged.method !== 'forward') return null
    const metric = metrics[`${judged.layer}/${judged.output}`]?.(judged)
    if (!metric) return null
    return 'ulps' in metric
      ? everywhere(judged, (got, expected) => ulpsBetween(got, expected) <= metric.ulps)
      : everywhere(judged, (got, expected) => Math.abs(got - expected) <= metric.absolute)
  },
}
