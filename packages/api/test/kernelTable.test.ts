import { type Signature, signatures } from '@convkit/api'
import { expect, test } from 'vitest'
import { declaredOrder, kernelTable } from './kernelTable.js'

const every = Object.entries(signatures).flatMap(([layer, methods]) =>
  Object.entries(methods as { readonly [method: string]: Signature }).map(
    ([method, signature]) => [layer, method, signature] as const,
  ),
)

test.each(every)('%s.%s takes its operands in the order of its signature', (layer, method, signature) => {
  const { scalars, reads, updates = [], writes = [] } = signature
  expect(declaredOrder(layer, method)).toEqual(['d', ...(scalars ? ['s'] : []), ...reads, ...updates, ...writes])
})

test('docs/kernels.md shows the kernels of today', async () => {
  await expect(kernelTable()).toMatchFileSnapshot('../../../docs/kernels.md')
})
