import { serve, type WorkerData } from './serve.js'

globalThis.onmessage = (event: MessageEvent<WorkerData>) => serve(event.data, () => postMessage('ready'))
