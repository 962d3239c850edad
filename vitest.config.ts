import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['interfuse-source'] },
  ssr: { resolve: { conditions: ['interfuse-source'] } },
  test: {
    // By default one core is left idle, which on two cores is half of them.
    maxWorkers: '100%',
    // Tests are small and run side by side: threads would only wait for each other.
    env: { INTERFUSE_THREADS: '1' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/create-interfuse-plugin/templates/*/src/*.test.ts',
            'examples/*/src/**/*.test.ts',
          ],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'whole', include: ['test/**/*.test.ts'], testTimeout: 240_000 },
      },
    ],
  },
});
