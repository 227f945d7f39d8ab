// npm run lint:db: the security and performance advisors of Supabase over the migrated database; fails on WARN and above.
import { runMain } from './report.mjs';
import { withScratchPlatform } from './scratch.mjs';
import { supabase } from './supabase-cli.mjs';

await runMain(() =>
	withScratchPlatform(async (info) => {
		supabase(['db', 'advisors', `--remote=${info.dbUrl}`, '--level', 'warn', '--fail-on', 'warn']);
		console.log('The advisors found nothing at WARN or above.');
	})
);
