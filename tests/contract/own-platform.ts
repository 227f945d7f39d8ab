import { afterAll, beforeAll } from 'vitest';
import { startPlatform, type Platform } from '../../embedded/platform.ts';
import type { Settings } from '../../embedded/settings/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** A platform for the tests of one file, with settings of its own; `use` gives it while they run. Nothing is limited but what `adjust` limits. */
export function ownPlatform(adjust: (settings: Settings) => void, migrationsDir?: string): { use: () => Platform } {
	let platform: Platform | undefined;
	let folder: Awaited<ReturnType<typeof scratchFolder>> | undefined;
	beforeAll(async () => {
		folder = await scratchFolder('own');
		platform = await startPlatform({
			dataDir: folder.path,
			apiPort: 0,
			dbPort: 0,
			durable: false,
			...(migrationsDir ? { migrationsDir } : {}),
			adjust(settings) {
				settings.auth.rateLimit = { emailSent: Infinity, tokenRefresh: 1e6, signInSignUps: 1e6, tokenVerifications: 1e6, factors: 1e6 };
				settings.auth.email.maxFrequency = 0;
				adjust(settings);
			}
		});
	});
	afterAll(async () => {
		await platform?.stop();
		await folder?.remove();
	});
	return {
		use() {
			if (!platform) throw new Error('the platform has not started');
			return platform;
		}
	};
}
