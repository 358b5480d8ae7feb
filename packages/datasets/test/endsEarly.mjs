// Ends as at a signal as soon as it has made its lock on a folder: node endsEarly.mjs FOLDER
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createViteServer } from 'vitest/node'

const conditions = ['@convkit/source']
const server = await createViteServer({
  configFile: false,
  root: join(import.meta.dirname, '..'),
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, ws: false },
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  oxc: { target: 'node20' },
  optimizeDeps: { noDiscovery: true },
})
const { withLock } = await server.ssrLoadModule('/src/cache.ts')
const folder = process.argv[2]
void withLock(folder, () => new Promise(() => {}))
const look = () => {
  if (!existsSync(join(folder, '.lock'))) return setImmediate(look)
  process.stdout.write('made')
  process.exit()
}
look()
