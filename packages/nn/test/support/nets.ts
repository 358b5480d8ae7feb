import { type LayerSpec, layers } from '../../src/index.js'

interface Stages {
  /** Residual blocks a stage. */
  readonly blocks: number
  /** Filters of the first stage; each further one has twice as many. */
  readonly width: number
  readonly classes: number
  /** Height and width of images. */
  readonly image: number
}

/** Of three stages (He et al. 2016, section 4.2), with 1x1 convolutions where a stage begins: ResNet-20 has 3 blocks, 16 filters. */
export function resNet({ blocks, width, classes, image }: Stages): LayerSpec[] {
  const stages = [0, 1, 2].flatMap((stage) =>
    Array.from({ length: blocks }, (_, i) => block(width * 2 ** stage, stage > 0 && i === 0 ? 2 : 1)),
  )
  return [
    layers.convBnRelu({ filters: width, kernel: 3, pad: 'same' }),
    ...stages.flat(),
    layers.avgPool2d({ kernel: image / 4 }),
    layers.affine({ units: classes }),
  ]
}

/** Each stage puts its features beside those before it (Huang et al. 2017), by paths of two sizes (Szegedy et al. 2015). */
export function denseNet(classes: number): LayerSpec[] {
  const stage = layers.branch([
    [],
    [layers.convBnRelu({ filters: 3, kernel: 1 })],
    [layers.convBnRelu({ filters: 2, kernel: 1 }), layers.convBnRelu({ filters: 4, kernel: 3, pad: 'same' })],
  ])
  return [stage, layers.maxPool2d({ kernel: 2 }), stage, stage, layers.affine({ units: classes })]
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
