import { pixelDeviation, type ValueEvaluation, type ValueExample } from '@convkit/nn'
import { printable } from '../terminal.js'
import { type Evaluated, exampleName } from './text.js'

/** Of a model that gives images. */
export type EvaluatedImages = Omit<Evaluated, 'classNames' | 'result'> & { readonly result: ValueEvaluation }

/** What the terminal shows. */
export function reconstructionLines(evaluated: EvaluatedImages): string[] {
  const { file, model, title, result } = evaluated
  const lines = (examples: readonly ValueExample[]) =>
    examples.map((example) => printable(`  ${reconstructionText(evaluated, example)}`))
  return [
    printable(`${file}: ${model} on ${title}, ${result.images} images`),
    `mean squared error ${errorText(result.meanSquaredError)}`,
    '',
    'the worst reconstructions',
    ...lines(result.worst),
    '',
    'the best reconstructions',
    ...lines(result.best),
  ]
}

/** `image 7: 0.0812, 18.2 of 255 off` */
export function reconstructionText(evaluated: Pick<Evaluated, 'paths'>, example: ValueExample): string {
  return `${exampleName(evaluated, example)}: ${errorText(example.meanSquaredError)}`
}

/** A mean squared error, and its root in the units of pixels: `0.0812, 18.2 of 255 off`. */
export function errorText(meanSquaredError: number): string {
  const off = pixelDeviation * Math.sqrt(meanSquaredError)
  return `${meanSquaredError.toPrecision(3)}, ${off.toPrecision(3)} of 255 off`
}

/** The same for programs, in full precision. */
export function reconstructionJson({ file, model, title, paths, result }: EvaluatedImages): object {
  const named = (examples: readonly ValueExample[]) =>
    examples.map((example) => ({ ...example, ...(paths && { image: paths[example.index] }) }))
  return { file, model, set: title, ...result, worst: named(result.worst), best: named(result.best) }
}
