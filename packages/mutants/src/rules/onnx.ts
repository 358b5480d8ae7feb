import { isInOnnx } from './layers.js'
import { everywhere, type Rule } from './rule.js'

/** `numpy.testing.assert_allclose`: NaN agrees with NaN, an infinity with itself. */
export function isCloseInNumpy(actual: number, desired: number, rtol: number, atol: number): boolean {
  if (Number.isNaN(actual) || Number.isNaN(desired)) return Number.isNaN(actual) && Number.isNaN(desired)
  if (!Number.isFinite(actual) || !Number.isFinite(desired)) return actual === desired
  return Math.abs(actual - desired) <= atol + rtol * Math.abs(desired)
}

const scope =
  'outputs of forward operators and of training steps that ONNX has (not SVM loss, SGD, RMSProp, AdamW), float32 and float64; of statistics running averages and the mean of layer norm; no gradients'

export const onnxBackendTest: Rule = {
  name: 'ONNX backend tests',
  source:
    'https://github.com/onnx/onnx/blob/f7546912001bc31e92a238b17068a21b373d882e/onnx/backend/test/loader/__init__.py',
  says: 'numpy.testing.assert_allclose: |got - expected| <= 1e-7 + 1e-3 |expected|, unless a case has tolerances of its own',
  scope,
  reference: "stored outputs of NumPy's formulas in the dtype of the output; here the definition, rounded to the dtype",
  draws: 'small whole numbers and `numpy.random.randn`, stored with the tests',
  nonFinite: 'NaN agrees with NaN, an infinity with itself',
  judge(judged) {
    if (judged.method !== 'forward' || !isInOnnx(judged.layer, judged.output)) return null
    return everywhere(judged, (got, expected) => isCloseInNumpy(got, expected, 1e-3, 1e-7))
  },
}

const greatestFloat = (2 - 2 ** -23) * 2 ** 127
const providerTolerance = { float32: { absolute: 1e-5, relative: 1e-4 }, float64: { absolute: 1e-5, relative: 1e-5 } }

export const onnxruntime: Rule = {
  name: 'onnxruntime provider tests',
  source:
    'https://github.com/microsoft/onnxruntime/blob/2041402c3ce3599f44dc81f0bce7d69e580aa781/onnxruntime/test/unittest_util/checkers.cc',
  says: '|got - expected| <= absolute + relative |expected|; by default 1e-5 and 1e-4 in float32, 1e-5 and 1e-5 in float64',
  scope,
  reference:
    'constants in the source of the tests, in the dtype of the output; here the definition, rounded to the dtype',
  draws: 'constants, few of them, in the source of the tests',
  nonFinite: 'NaN agrees with NaN, an infinity with itself; float32 may give an infinity for its largest number',
  judge(judged) {
    if (judged.method !== 'forward' || !isInOnnx(judged.layer, judged.output)) return null
    const { absolute, relative } = providerTolerance[judged.dtype]
    return everywhere(judged, (got, expected) => {
      if (Number.isNaN(expected)) return Number.isNaN(got)
      if (!Number.isFinite(expected)) return got === expected
      if (judged.dtype === 'float32' && Math.abs(got) === Number.POSITIVE_INFINITY) return expected === greatestFloat
      return Math.abs(got - expected) <= absolute + relative * Math.abs(expected)
    })
  },
}
