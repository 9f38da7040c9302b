import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'fuzz/**/*.test.ts', 'bench/**/*.test.ts', 'web/**/*.test.ts'],
    // Two cores: tests that build network namespaces or drive a browser wait for real time, so two at once is enough.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
  },
})
