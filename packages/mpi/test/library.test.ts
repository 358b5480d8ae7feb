import { ConfigError } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { createMpi } from '../src/index.js'

describe('createMpi', () => {
  it('says in one line what to install where there is no MPI', async () => {
    const missing = createMpi({ library: 'libmpi-that-is-not-there.so' })
    await expect(missing).rejects.toThrow(ConfigError)
    await expect(missing).rejects.toThrow(
      'mpi: no MPI library was found (libmpi-that-is-not-there.so); install Open MPI (Debian and Ubuntu: apt-get install openmpi-bin, macOS: brew install open-mpi) or MPICH',
    )
  })
})
