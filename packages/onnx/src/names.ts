/** Names of a model, its subgraphs included: a subgraph sees the values around it, so a name is used once in all. */
export class Names {
  readonly #taken = new Set<string>()
  #next = 0

  fresh(): string {
    let name = `v${this.#next++}`
    while (this.#taken.has(name)) name = `v${this.#next++}`
    this.#taken.add(name)
    return name
  }

  take(name: string): string {
    if (name === '') throw new Error('onnx: a value needs a name')
    if (this.#taken.has(name)) throw new Error(`onnx: the name ${name} is taken`)
    this.#taken.add(name)
    return name
  }
}
