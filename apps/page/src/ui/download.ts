/** Hands a file to the visitor. */
export function download(name: string, bytes: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has to have begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
