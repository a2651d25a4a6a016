import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** `npm run test:bundles`: the e2e suite as it is, on the handlers of the bundles instead of the sources, and the proof that it was so. */
export default defineConfig({
  test: {
    include: ['test/{e2e,bundles}/**/*.test.ts'],
    globalSetup: [fileURLToPath(import.meta.resolve('./test/bundles/build-bundles.ts'))],
    setupFiles: ['test/support/fixed-seed.ts'],
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
