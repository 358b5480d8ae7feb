import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Frame } from '../data/pixels.js'

export interface PictureProps {
  readonly frame: Frame
  /** Empty where the text beside it says the same. */
  readonly alt: string
  readonly class?: string
}

/** Pixels as they are, enlarged by the style. */
export function Picture({ frame, alt, class: name = '' }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height } = frame
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(frame.data, frame.width, frame.height), 0, 0)
  }, [frame])
  const label = alt === '' ? { 'aria-hidden': true as const } : { role: 'img' as const, 'aria-label': alt }
  return <canvas ref={canvas} width={width} height={height} class={`pixels ${name}`} {...label} />
}
