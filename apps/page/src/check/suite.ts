import type { NamedBytes } from '@convkit/conformance'

interface Entry {
  readonly name: string
  readonly length: number
}

/** The reference files that come with the suite, in folder `base`. */
export async function loadReferences(base: string): Promise<NamedBytes[]> {
  const [index, bytes] = await Promise.all([get('references.json'), get('references.bin')])
  const entries: readonly Entry[] = await index.json()
  const all = new Uint8Array(await bytes.arrayBuffer())
  let at = 0
  return entries.map(({ name, length }) => {
    at += length
    // A copy: each file is sent on its own.
    return { name, bytes: all.slice(at - length, at) }
  })

  async function get(name: string): Promise<Response> {
    const response = await fetch(new URL(name, base))
    if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status} ${response.statusText}`)
    return response
  }
}
