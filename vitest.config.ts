import { defineConfig } from 'vitest/config'

const ALL = ['src/**/*.test.ts', 'test/**/*.test.ts', 'fuzz/**/*.test.ts', 'bench/**/*.test.ts', 'web/**/*.test.ts']
/** What runs beside the Linux kernel plays in real time: it has the machine to itself, after all else. */
const KERNEL = ['test/kernel/**/*.test.ts']

export default defineConfig({
  test: {
    // Two cores: tests that build network namespaces or drive a browser wait for real time, so two at once is enough.
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'all', include: ALL, exclude: ['**/node_modules/**', ...KERNEL], testTimeout: 300_000, hookTimeout: 300_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'kernel', include: KERNEL, testTimeout: 300_000, hookTimeout: 300_000, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
