import type { Evaluation, Example } from '@convkit/nn'
import { printable, table } from '../terminal.js'

export interface Evaluated {
  /** The model's file. */
  readonly file: string
  /** What the model is called. */
  readonly model: string
  /** `the test set of CIFAR-10` */
  readonly title: string
  readonly classNames: readonly string[]
  /** The file of each image; null where images are no files. */
  readonly paths: readonly string[] | null
  readonly result: Evaluation
}

/** A wider matrix than this is unreadable on a terminal. */
const widest = 20

/** What the terminal shows. */
export function evaluationLines(evaluated: Evaluated): string[] {
  const { file, model, title, result } = evaluated
  const { images, accuracy, loss, confusion, perClass, worst } = result
  const names = perClass.map((_, label) => printable(className(evaluated, label)))
  const classes = perClass.map(({ images, precision, recall }, label) => [
    names[label] ?? '',
    images,
    percent(precision).padStart(9),
    percent(recall).padStart(7),
  ])
  const matrix = confusion.map((row, label) => [`${label} ${names[label]}`, ...row])
  return [
    printable(`${file}: ${model} on ${title}, ${images} images`),
    `accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}`,
    '',
    table(['class', 'images', 'precision', 'recall'], classes),
    '',
    ...(names.length > widest
      ? [`the confusion matrix of ${names.length} classes is in --json and --report`]
      : [
          'each class (rows) by what its images were taken for (columns)',
          table(['', ...names.keys()].map(String), matrix),
        ]),
    '',
    'the highest losses',
    ...worst.map((example) => printable(`  ${exampleName(evaluated, example)}: ${exampleText(evaluated, example)}`)),
  ]
}

export function className({ classNames }: Pick<Evaluated, 'classNames'>, label: number): string {
  return classNames[label] ?? `class ${label}`
}

/** The file of an image, or which of the set it is. */
export function exampleName({ paths }: Pick<Evaluated, 'paths'>, { index }: Pick<Example, 'index'>): string {
  return paths?.[index] ?? `image ${index}`
}

/** `cat, taken for dog at 97.1 %, loss 3.55` */
export function exampleText(evaluated: Pick<Evaluated, 'classNames'>, example: Example): string {
  const { label, predicted, probability, loss } = example
  const taken = predicted === label ? 'and taken for it' : `taken for ${className(evaluated, predicted)}`
  return `${className(evaluated, label)}, ${taken} at ${percent(probability)}, loss ${loss.toPrecision(3)}`
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`
}

/** The same for programs, in full precision. */
export function evaluationJson(evaluated: Evaluated): object {
  const { file, model, title, classNames, paths, result } = evaluated
  const { perClass, worst, ...numbers } = result
  return {
    file,
    model,
    set: title,
    classNames,
    ...numbers,
    perClass: perClass.map((own, label) => ({ name: className({ classNames }, label), ...own })),
    worst: worst.map((example) => ({ ...example, ...(paths && { image: paths[example.index] }) })),
  }
}
