import { configureGlobal } from 'fast-check'

// One seed for every property test of a run; a failure prints it with its counterexample. CONVKIT_TEST_SEED explores others.
configureGlobal({ seed: Number(process.env.CONVKIT_TEST_SEED ?? 231) })

// Tests load onnxruntime themselves, which would tell its maker.
process.env.ORT_DISABLE_TELEMETRY ||= '1'
