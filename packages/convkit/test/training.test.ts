import { expect, it } from 'vitest'
import { codeOf, consumerOf } from './support/guide.js'

/** Ends the page's program with what it came to. */
const told = `
const total = softmax(scores).reduce((a, b) => a + b)
console.log(JSON.stringify({ accuracy, confusion, name: card.classNames?.[first], total }))
`

it('from arrays to a saved model as docs/training.md shows it', async () => {
  const { 'train.ts': program = '', ...files } = await codeOf('training.md')
  const consumer = await consumerOf({ ...files, 'train.ts': program + told }, { convkit: 'convkit' })
  expect(consumer.compile()).toBe('')
  const last = consumer.run('train.js').trimEnd().split('\n').at(-1) ?? ''
  const { accuracy, confusion, name, total } = JSON.parse(last)
  expect(accuracy).toBeGreaterThan(0.9)
  expect(confusion.flat().reduce((a: number, b: number) => a + b)).toBe(90)
  expect(total).toBeCloseTo(1, 12)
  expect(name).toBe('across')
})
