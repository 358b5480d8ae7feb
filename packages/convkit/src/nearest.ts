export { didYouMean } from '@convkit/api'
