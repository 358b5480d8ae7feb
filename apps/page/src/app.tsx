import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { CheckView } from './check/view.js'
import { SpeedView } from './speed/view.js'
import { TrainView } from './train/view.js'

interface View {
  readonly id: string
  readonly title: string
  readonly Component: ComponentType
}

const views: readonly View[] = [
  { id: 'train', title: 'Train', Component: TrainView },
  { id: 'check', title: 'Check', Component: CheckView },
  { id: 'speed', title: 'Speed', Component: SpeedView },
]

/** A view that was opened stays: training goes on while another one is looked at. */
export function App() {
  const current = useCurrent()
  const [opened, setOpened] = useState<readonly string[]>([])
  useEffect(() => {
    setOpened((before) => (before.includes(current.id) ? before : [...before, current.id]))
    document.title = `${current.title} · convkit`
  }, [current])
  return (
    <>
      <header class="top">
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <span class="mark">convkit</span>
        <nav aria-label="Views">
          {views.map(({ id, title }) => (
            <a key={id} href={`#${id}`} aria-current={id === current.id ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {views
          .filter(({ id }) => id === current.id || opened.includes(id))
          .map(({ id, Component }) => (
            <div key={id} hidden={id !== current.id}>
              <Component />
            </div>
          ))}
      </main>
      <Footer />
    </>
  )
}

function Footer() {
  return (
    <footer>
      <p>
        Everything is computed on this device. Nothing is sent anywhere, and the page works offline once it has been
        loaded.
      </p>
      <p>
        {globalThis.crossOriginIsolated
          ? `The page is cross-origin isolated, so wasm has ${navigator.hardwareConcurrency} threads.`
          : 'The page is not cross-origin isolated, so wasm has one thread; on most hosts a reload helps.'}
      </p>
    </footer>
  )
}

function useCurrent(): View {
  const [hash, setHash] = useState(location.hash.slice(1))
  useEffect(() => {
    // The link that skips to the content is no view.
    const listen = () => {
      const next = location.hash.slice(1)
      if (views.some(({ id }) => id === next)) setHash(next)
    }
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  const found = views.find(({ id }) => id === hash) ?? views[0]
  if (!found) throw new Error('there are no views')
  return found
}
