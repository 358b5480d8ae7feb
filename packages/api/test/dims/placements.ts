/** How often a window of `kernel` taps, `dilation` apart, lies wholly inside `padded` cells: slid, not computed. */
export function placements(padded: number, kernel: number, stride: number, dilation = 1): number {
  const cells = Array.from({ length: padded }, (_, i) => i)
  const taps = Array.from({ length: kernel }, (_, i) => i * dilation)
  return cells.filter((start) => start % stride === 0 && taps.every((tap) => cells.includes(start + tap))).length
}
