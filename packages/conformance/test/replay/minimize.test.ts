import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minimize } from '../../src/replay/minimize.js'

const list = Array.from({ length: 40 }, (_, i) => i)
const patient = () => true

test('finds just what is needed, whatever it is', () =>
  fc.assert(
    fc.asyncProperty(fc.subarray(list, { maxLength: 6 }), fc.integer({ min: 1, max: 3 }), async (needed, atOnce) => {
      const holds = (part: readonly number[]) => needed.every((item) => part.includes(item))
      expect(await minimize(list, async (parts) => parts.map(holds), { patient, atOnce })).toEqual(needed)
    }),
  ))

test('what is needed may be a number of any items', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 40 }), async (count) => {
      const fail = async (parts: readonly (readonly number[])[]) => parts.map((part) => part.length >= count)
      expect(await minimize(list, fail, { patient, atOnce: 2 })).toHaveLength(count)
    }),
  ))

test('ends when patience does, with a part that fails', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(60), async (tries) => {
      let left = tries
      const needed = [3, 17, 29]
      const fail = async (parts: readonly (readonly number[])[]) => {
        left -= parts.length
        return parts.map((part) => needed.every((item) => part.includes(item)))
      }
      const found = await minimize(list, fail, { patient: () => left > 0, atOnce: 2 })
      expect(found).toEqual(expect.arrayContaining(needed))
      expect(left).toBeGreaterThan(-2)
    }),
  ))
