import { type LayerSpec, layers } from '../../src/index.js'

interface Stages {
  /** Residual blocks a stage. */
  readonly blocks: number
  /** Filters of the first stage; each further one has twice as many. */
  readonly width: number
  readonly classes: number
}

/** Of three stages (He et al. 2016, section 4.2), with 1x1 convolutions where a stage begins: ResNet-20 has 3 blocks, 16 filters. */
export function resNet({ blocks, width, classes }: Stages): LayerSpec[] {
  const stages = [0, 1, 2].flatMap((stage) =>
    Array.from({ length: blocks }, (_, i) => block(width * 2 ** stage, stage > 0 && i === 0 ? 2 : 1)),
  )
  return [
    layers.convBnRelu({ filters: width, kernel: 3, pad: 'same' }),
    ...stages.flat(),
    layers.globalAvgPool2d(),
    layers.affine({ units: classes }),
  ]
}

/** Of two levels (Ronneberger et al. 2015): what a level loses in size comes back beside what it had; classes by their mean. */
export function uNet({ width, classes }: Pick<Stages, 'width' | 'classes'>): LayerSpec[] {
  const conv = (filters: number) => layers.convBnRelu({ filters, kernel: 3, pad: 'same' })
  const level = (...inner: LayerSpec[]) =>
    layers.branch([[], [layers.maxPool2d({ kernel: 2 }), ...inner, layers.upsampleNearest2d({ factor: 2 })]])
  return [
    conv(width),
    level(conv(2 * width), level(conv(4 * width)), conv(2 * width)),
    conv(width),
    layers.conv2d({ filters: classes, kernel: 1 }),
    layers.globalAvgPool2d(),
  ]
}

function block(filters: number, stride: 1 | 2): LayerSpec[] {
  const projection = [layers.conv2d({ filters, kernel: 1, stride, bias: false }), layers.batchNorm()]
  const body = [
    layers.convBnRelu({ filters, kernel: 3, stride, pad: 1 }),
    layers.conv2d({ filters, kernel: 3, pad: 'same', bias: false }),
    layers.batchNorm(),
  ]
  return [layers.residual(body, { shortcut: stride === 2 ? projection : [] }), layers.relu()]
}
