import { defineConfig } from 'vite'
import { headers } from './plugins/headers.js'
import { precache } from './plugins/precache.js'

export default defineConfig({
  // Any folder of any host.
  base: './',
  plugins: [headers(), precache()],
  build: {
    target: 'es2022',
    // A data: URL is another origin to the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', sw: 'src/serviceWorker.ts' },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
})
