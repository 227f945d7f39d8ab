import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = fileURLToPath(new URL('./src/lib', import.meta.url));

/**
 * The suites: `unit` (pure code), `database` (a clone of the migrated database per file), `contract` (supabase-js against a running platform), and `deep`
 * (minutes long: `npm run test:deep`).
 */
export default defineConfig({
	test: {
		projects: [
			{
				plugins: [svelte()],
				resolve: { alias: { $lib: lib }, conditions: ['browser'] },
				test: { name: 'unit', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], environment: 'node' }
			},
			{
				test: {
					name: 'database',
					include: ['tests/database/**/*.test.ts'],
					globalSetup: ['tests/database/global-setup.ts'],
					testTimeout: 30_000,
					hookTimeout: 60_000,
					maxWorkers: 2
				}
			},
			{
				test: {
					name: 'contract',
					include: ['tests/contract/**/*.test.ts'],
					globalSetup: ['tests/contract/global-setup.ts'],
					// A project named by the environment may be far away, and limits how often it is asked.
					testTimeout: process.env.SUPABASE_URL ? 120_000 : 30_000,
					hookTimeout: 60_000,
					maxWorkers: 2
				}
			},
			{
				test: {
					name: 'deep',
					include: ['tests/deep/**/*.test.ts'],
					testTimeout: 900_000,
					hookTimeout: 120_000,
					// Times are compared in them.
					maxWorkers: 1,
					fileParallelism: false
				}
			}
		]
	}
});
