import { expect, it } from 'vitest'
import * as api from '../src/index.js'

const errors = Object.entries(api).filter(([name]) => name.endsWith('Error')) as [string, typeof api.ConvkitError][]

it.each(errors)('%s is a ConvkitError that says its own name, whatever a bundler calls its class', (name, Class) => {
  expect(new Class('why')).toBeInstanceOf(api.ConvkitError)
  class Shortened extends Class {}
  expect(new Shortened('why')).toMatchObject({ name, message: 'why' })
})
