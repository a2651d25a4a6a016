import { defineConfig } from 'vitest/config'

/** `npm run test:cluster`: the gateway on a real Kubernetes with the real Spark Operator; scripts/test-cluster.ts finds one. */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    testTimeout: 420_000,
    hookTimeout: 120_000,
    // One file after the other: two or three Spark jobs keep a small machine busy.
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
