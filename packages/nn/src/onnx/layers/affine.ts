import type { AffineKernels } from '@convkit/api'
import { float } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

export function affine(trace: Trace): Pick<AffineKernels<Traced>, 'forward'> {
  return {
    forward(d, x, w, b, y) {
      const inputs = [
        trace.images(x, [d.inSize]),
        // As PyTorch exports weights: OpenCV 4.6 takes a bias only beside this form, and no empty name in its place.
        trace.transposed(w, [d.inSize, d.outSize]),
        ...(b ? [trace.parameter(b, [d.outSize])] : []),
      ]
      const attributes = { alpha: float(1), beta: float(1), transA: 0, transB: 1 }
      y.value = trace.node('Gemm', inputs, attributes, [trace.batch, d.outSize])
    },
  }
}
