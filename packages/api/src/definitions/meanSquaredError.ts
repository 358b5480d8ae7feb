import { defineElementLoss } from '../defineElementLoss.js'

export const meanSquaredError = defineElementLoss('meanSquaredError', {
  formula: '(x - t)^2',
  loss(a, of) {
    const error = a.sub(of('x'), of('t'))
    return a.mul(error, error)
  },
})
