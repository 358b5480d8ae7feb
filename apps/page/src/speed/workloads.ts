import type { Shape } from '@convkit/api'

/** A layer's work as data. */
export interface Workload {
  readonly title: string
  readonly layer: string
  readonly attributes: { readonly [name: string]: unknown }
  readonly inputs: { readonly [name: string]: Shape }
  readonly dy: Shape
}

/** Few enough that plain loops on a phone are done in a minute or two. */
export const batch = 10

/** The layers of the notebook's networks and timings, at a smaller batch. */
export const workloads: readonly Workload[] = [
  {
    title: 'conv 3×3, stride 2',
    layer: 'conv2d',
    attributes: { stride: [2, 2], pad: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
    inputs: { x: [batch, 3, 31, 31], w: [25, 3, 3, 3], b: [25] },
    dy: [batch, 25, 16, 16],
  },
  {
    title: 'conv 7×7',
    layer: 'conv2d',
    attributes: { stride: [1, 1], pad: [3, 3, 3, 3], dilation: [1, 1], groups: 1 },
    inputs: { x: [batch, 3, 32, 32], w: [32, 3, 7, 7], b: [32] },
    dy: [batch, 32, 32, 32],
  },
  {
    title: 'conv 3×3, 64 channels',
    layer: 'conv2d',
    attributes: { stride: [1, 1], pad: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
    inputs: { x: [batch, 64, 16, 16], w: [64, 64, 3, 3], b: [64] },
    dy: [batch, 64, 16, 16],
  },
  {
    title: 'max pool 2×2',
    layer: 'maxPool2d',
    attributes: { kernel: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0] },
    inputs: { x: [batch, 32, 32, 32] },
    dy: [batch, 32, 16, 16],
  },
  {
    title: 'batch norm, training',
    layer: 'batchNorm',
    attributes: { mode: 'train', eps: 1e-5, momentum: 0.9 },
    inputs: { x: [batch, 32, 32, 32], gamma: [32], beta: [32], runningMean: [32], runningVar: [32] },
    dy: [batch, 32, 32, 32],
  },
  {
    title: 'affine, 8192 to 100',
    layer: 'affine',
    attributes: {},
    inputs: { x: [batch, 8192], w: [8192, 100], b: [100] },
    dy: [batch, 100],
  },
]
