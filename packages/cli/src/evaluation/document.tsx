import type { ComponentChildren } from 'preact'
import { renderToStaticMarkup } from 'preact-render-to-string'
import { style } from '../charts/style.js'

export interface EvaluationHead {
  /** The model's file. */
  readonly file: string
  /** What the model is called. */
  readonly model: string
  /** `the test set of CIFAR-10` */
  readonly title: string
  /** Where it was computed: `wasm (WebAssembly, ...)`. */
  readonly backend: string
  readonly summary: string
  /** Of a picture, as wide as its caption. */
  readonly pictureWidth: string
}

/** An evaluation as one HTML document that needs nothing else: no script, no request. */
export function renderEvaluation(head: EvaluationHead, sections: ComponentChildren): string {
  const { file, model, title, backend, summary, pictureWidth } = head
  const own = `.strip figure { width: ${pictureWidth}; overflow-wrap: anywhere; }`
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${file} on ${title}`}</title>
        <style dangerouslySetInnerHTML={{ __html: style + own }} />
      </head>
      <body>
        <header>
          <h1>
            {model} on {title}
          </h1>
          <p class="quiet">
            <code>{file}</code>, evaluated by convkit on {backend}.
          </p>
          <p class="summary">{summary}</p>
        </header>
        <main>{sections}</main>
      </body>
    </html>
  )
  return `<!doctype html>\n${renderToStaticMarkup(page)}`
}
