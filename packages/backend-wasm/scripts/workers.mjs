// Puts the workers' scripts beside the modules, each in one file, so that the folder wasm/ can be served from anywhere.
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const [platform, name] of [
  ['browser', 'worker.js'],
  ['node', 'worker.mjs'],
])
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      outDir: 'wasm',
      emptyOutDir: false,
      copyPublicDir: false,
      minify: false,
      lib: { entry: `dist/worker/${platform}.js`, formats: ['es'], fileName: () => name },
      rolldownOptions: { external: [/^node:/] },
    },
  })
