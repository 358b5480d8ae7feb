import { expose } from 'comlink'
import { runBench } from './bench.js'

expose(runBench)
