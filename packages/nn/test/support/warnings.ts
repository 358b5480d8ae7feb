/**
 * For `onWarning` where a set is small and batches need not fit it: takes no notice of that, and throws for any other
 * warning.
 */
export function exceptBatches(warning: string): void {
  if (!/^(a batch of \d+ is more than|each epoch leaves out \d+ of) /.test(warning))
    throw new Error(`unexpected warning: ${warning}`)
}
