/**
 * Random tests of a run are the same in each run: a commit is judged by what it changes, not by luck. `RANDOM_SEED=N` tries
 * others (a number; each failure prints its own).
 */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['RANDOM_SEED'] ?? 20_261_121) })
