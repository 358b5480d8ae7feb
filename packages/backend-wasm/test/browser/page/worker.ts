import { type Examination, examine } from './examine.js'

globalThis.onmessage = async ({ data }: MessageEvent<Examination>) => postMessage(await examine(data))
