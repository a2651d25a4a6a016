import { defineConfig } from 'vitest/config'

/** Time for a Spark job on a machine of two cores with others beside it, and some. */
const timeouts = { testTimeout: 420_000, hookTimeout: 120_000, disableConsoleIntercept: true }
/** Two files at a time: while one waits for a status, a time-out or a pod, the other's Spark has the cores. */
const besideEachOther = { maxWorkers: 2, sequence: { groupOrder: 1 } }
/** Alone: the judge kills the operator and the API server. */
const last = { maxWorkers: 1, sequence: { groupOrder: 2 } }

/** `npm run test:cluster`: the gateway on a real Kubernetes with the real Spark Operator; scripts/test-cluster.ts finds one. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...timeouts, ...besideEachOther, name: 'facts', include: ['test/cluster/facts/**/*.test.ts'] } },
      {
        test: {
          ...timeouts,
          ...besideEachOther,
          name: 'gateway',
          include: ['test/cluster/{contract,e2e}/**/*.test.ts'],
        },
      },
      { test: { ...timeouts, ...last, name: 'judge', include: ['test/cluster/judge/**/*.test.ts'] } },
    ],
  },
})
