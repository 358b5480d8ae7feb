import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly url: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The page as it is published, on a server that sends its headers. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Vitest's own mode would build the page for tests.
  process.env.NODE_ENV = 'production'
  await build({ root, mode: 'production', logLevel: 'error' })
  const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } })
  const address = server.httpServer.address()
  if (typeof address !== 'object' || !address) throw new Error('the server has no port')
  project.provide('url', `http://127.0.0.1:${address.port}/`)
  return () => server.close()
}
