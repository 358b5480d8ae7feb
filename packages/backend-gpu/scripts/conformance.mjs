// Holds the providers that run in Node to the suite, one report each: node scripts/software-adapter.mjs node scripts/conformance.mjs
import { spawnSync } from 'node:child_process'

const { platform, arch } = process
let failed = false
conformance('cpu', ['--speed', '--time-limit', '60'])
const reason = await whyNoAdapter()
// Fewer cases: most machines have a software adapter only. On Linux x64 the software adapter is there, and if it is not, that is an error.
if (reason === null || (platform === 'linux' && arch === 'x64'))
  conformance('webgpu', ['--runs', '4', '--time-limit', '60'])
else process.stdout.write(`conformance: gpu: webgpu was not run: ${reason}\n`)
process.exitCode = failed ? 1 : 0

function conformance(provider, options) {
  const command = ['../cli/bin/convkit.js', 'conformance', 'gpu', '--provider', provider, ...options]
  const { status } = spawnSync(process.execPath, [...command, '--json', `reports/conformance-${provider}.json`], {
    stdio: 'inherit',
  })
  failed ||= status !== 0
}

async function whyNoAdapter() {
  const { createGpu } = await import('../dist/index.js')
  try {
    const backend = await createGpu({ provider: 'webgpu' })
    await backend.close()
    return null
  } catch (error) {
    return error.message.split('\n')[0]
  }
}
