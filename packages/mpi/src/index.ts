export { createMpi, type MpiCommunicator, type MpiOptions } from './communicator.js'
