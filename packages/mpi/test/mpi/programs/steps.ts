import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withSyncBatchNorm } from '@convkit/api'
import { createWasm } from '@convkit/backend-wasm'
import { createMpi } from '@convkit/mpi'
import { encodeCheckpoint, Solver } from '@convkit/nn'
import { createModel, loadData, type Plan } from '../support/plan.js'

// Trains as the plan says; rank 0 writes the state before the first step and after each.

const plan: Plan = JSON.parse(process.argv[2] ?? '')
const folder = process.argv[3] ?? ''
const mpi = await createMpi()
const wasm = await createWasm({ threads: 1 })
const apart = plan.net.kind === 'batchNorm' && !plan.net.synchronised
const backend = apart ? wasm : withSyncBatchNorm(wasm, (values) => mpi.allreduce(values))
const data = await loadData(plan)
using model = createModel(backend, plan)
// Of so few rows some classes have none.
const onWarning = () => {}
using solver = new Solver(model, data, { ...plan.options, communicator: mpi, onWarning })

async function keep(): Promise<void> {
  const state = await solver.state()
  if (mpi.rank === 0) writeFileSync(join(folder, `${solver.iteration}.safetensors`), await encodeCheckpoint(state))
}

await keep()
for await (const event of solver.train()) if (event.type === 'loss') await keep()
await mpi.close()
