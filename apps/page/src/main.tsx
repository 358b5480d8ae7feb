import { render } from 'preact'
import { App } from './app.js'
import './style.css'

const root = document.getElementById('app')
if (root) render(<App />, root)

// In development files come fresh from the server.
if (import.meta.env.PROD && 'serviceWorker' in navigator)
  addEventListener('load', () => {
    // A browser that refuses has a page that needs the network, as any other.
    navigator.serviceWorker.register('./sw.js').catch(() => {})
  })
