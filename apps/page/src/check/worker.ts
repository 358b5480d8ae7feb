import { expose } from 'comlink'
import { Supervisor } from './supervisor.js'

expose(Supervisor)
