import type { Notebook, Ran, Section } from './section.js'

/** Runs one section after the other; one that throws is recorded as failed and the next one is run. */
export async function* runSections(
  notebook: Notebook,
  sections: readonly Section[],
): AsyncGenerator<Ran, void, undefined> {
  for (const { run, ...section } of sections) {
    const start = performance.now()
    const ran = await run(notebook).catch((error: unknown) => ({
      figures: [],
      error: error instanceof Error ? error.message : String(error),
    }))
    yield { ...section, ...ran, seconds: (performance.now() - start) / 1000 }
  }
}
