// Runs the TypeScript beside it in a process of its own, for a test to kill: node child.mjs CHECKPOINT
import { createViteServer } from 'vitest/node'

const conditions = ['@convkit/source']
const server = await createViteServer({
  configFile: false,
  root: import.meta.dirname,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, ws: false },
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  oxc: { target: 'node20' },
  optimizeDeps: { noDiscovery: true },
})
const { train } = await server.ssrLoadModule('/run.ts')
await train(process.argv[2])
