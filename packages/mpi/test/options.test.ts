import { expect, it } from 'vitest'
import { createMpi } from '../src/index.js'

it('createMpi refuses an option whose name is not known, before it looks for a library', async () => {
  await expect(createMpi(Object({ libary: '/no/such/libmpi.so' }))).rejects.toThrow(
    'mpi: there is no option libary; did you mean library?',
  )
})
