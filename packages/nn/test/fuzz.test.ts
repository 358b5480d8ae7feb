import { beforeAll, expect, test } from 'vitest'
import { hunt } from './support/fuzz/hunt.js'
import { specified } from './support/fuzz/oracle.js'
import { type Reader, readers } from './support/fuzz/readers.js'

let list: readonly Reader[]
const names = ['safetensors', 'model', 'card', 'checkpoint', 'checkpoint with a right digest']
beforeAll(async () => {
  list = await readers()
})

test('all readers are tried, on files that they take', async () => {
  expect(list.map(({ name }) => name)).toEqual(names)
  for (const { seeds, read } of list)
    for (const bytes of seeds) {
      expect(specified(bytes)).not.toBeNull()
      await read(bytes)
    }
})

test.each(names)('a damaged file gives the %s reader a typed error of one line, or right values', async (name) => {
  const reader = list.find((one) => one.name === name)
  if (!reader) throw new Error(`there is no ${name}`)
  const { found, refused, taken } = await hunt(reader, 1, 0, 600)
  expect(found).toEqual([])
  expect(refused + taken).toBe(600)
  expect(refused).toBeGreaterThan(100)
})
