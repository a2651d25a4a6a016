import { defineConfig } from 'vitest/config'

/** `npm run test:spark`: jobs that a real Spark runs; scripts/test-spark.ts provides it. */
export default defineConfig({
  test: { include: ['test/spark/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 60_000 },
})
