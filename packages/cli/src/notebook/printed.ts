/**
 * What the CS231n notebook "Convolutional Networks" (assignment 2) prints, and the arrays it compares with. They come
 * from one run of the reference solution: times are that machine's, and random figures that generator's.
 */
export const printed = {
  shapes: {
    trainImages: [49_000, 3, 32, 32],
    trainLabels: [49_000],
    validationImages: [1000, 3, 32, 32],
    validationLabels: [1000],
    testImages: [1000, 3, 32, 32],
    testLabels: [1000],
  },
  convForward: {
    y: [
      -0.08759809, -0.10987781, -0.18387192, -0.2109216, 0.21027089, 0.21661097, 0.22847626, 0.23004637, 0.50813986,
      0.54309974, 0.64082444, 0.67101435, -0.98053589, -1.03143541, -1.19128892, -1.24695841, 0.69108355, 0.66880383,
      0.59480972, 0.56776003, 2.36270298, 2.36904306, 2.38090835, 2.38247847,
    ],
    relError: 2.2121476417505994e-8,
  },
  convBackward: { dx: 1.159803161159293e-8, dw: 2.2471264748452487e-10, db: 3.37264006649648e-11 },
  maxPoolForward: {
    y: [
      -0.26315789, -0.24842105, -0.20421053, -0.18947368, -0.14526316, -0.13052632, -0.08631579, -0.07157895,
      -0.02736842, -0.01263158, 0.03157895, 0.04631579, 0.09052632, 0.10526316, 0.14947368, 0.16421053, 0.20842105,
      0.22315789, 0.26736842, 0.28210526, 0.32631579, 0.34105263, 0.38526316, 0.4,
    ],
    relError: 4.1666665157267834e-8,
  },
  maxPoolBackward: { dx: 3.27562514223145e-12 },
  convFast: {
    forward: { naive: 2.766358, fast: 0.006948, speedup: 398.179307, y: 4.926407851494105e-11 },
    backward: {
      naive: 4.846385,
      fast: 0.005477,
      speedup: 884.869058,
      dx: 1.949764775345631e-11,
      dw: 3.681156828004736e-13,
      db: 0,
    },
  },
  maxPoolFast: {
    forward: { naive: 0.004658, fast: 0.002013, speedup: 2.313203 },
    backward: { naive: 0.808058, speedup: 108.940278, dx: 0 },
  },
  convReluPool: { dx: 9.591132621921372e-9, dw: 5.802391137330214e-9, db: 1.0146343411762047e-9 },
  convRelu: { dx: 1.5218619980349303e-9, dw: 2.702022646099404e-10, db: 1.451272393591721e-10 },
  sanityLoss: { withoutReg: 2.3025869104692482, withReg: 2.5083211335966134 },
  modelGradients: {
    W1: 0.0001380104,
    W2: 0.01822723,
    W3: 0.0003064049,
    b1: 3.477652e-5,
    b2: 0.002516375,
    b3: 7.94566e-10,
  },
  overfit: { trainAccuracy: 0.99, validationAccuracy: 0.22 },
  epoch: { iterations: 980, firstLoss: 2.30474, lastLoss: 1.534668, trainAccuracy: 0.504, validationAccuracy: 0.499 },
  spatialBatchNorm: { dx: 3.423838605138469e-7, dgamma: 7.097772155299408e-12, dbeta: 3.2755517433052766e-12 },
} as const
