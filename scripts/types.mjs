// npm run types: writes src/lib/database.types.ts from the migrations.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, step } from './report.mjs';
import { withScratchPlatform } from './scratch.mjs';
import { root } from './setup.mjs';
import { supabase } from './supabase-cli.mjs';

await runMain(() =>
	withScratchPlatform((info) =>
		step('src/lib/database.types.ts written', () =>
			writeFileSync(join(root, 'src', 'lib', 'database.types.ts'), supabase(['gen', 'types', `--remote=${info.dbUrl}?sslmode=disable`]))
		)
	)
);
