import { expect, it } from 'vitest'
import { resample, runBench } from '../src/index.js'

it('options whose name is not known are refused before anything is measured', async () => {
  await expect(runBench(Object({ workload: [] }))).rejects.toThrow(
    'runBench: there is no option workload; did you mean workloads?',
  )
  await expect(resample(Object({}), Object({ entrant: [] }))).rejects.toThrow(
    'resample: there is no option entrant; did you mean entrants?',
  )
})
