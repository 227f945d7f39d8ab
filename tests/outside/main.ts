import { verdict } from './checks.ts';
import { checkAttachmentsOfNotes, checkFiles } from './files.ts';
import { checkFunctions } from './functions.ts';
import { checkPeople } from './people.ts';
import { sql } from './project.ts';
import { checkLists, checkMergeAndDelete, checkWrites } from './records.ts';
import { checkMigrations, checkReads } from './schema.ts';

// What marmelab/atomic-crm does with its Supabase project, in the order in which somebody opens it, works with it and clears up.
await checkMigrations();
const people = await checkPeople();
if (people) {
	const records = await checkWrites(people.admin);
	if (records) {
		await checkReads(people.admin);
		await checkLists(people.admin, records);
	}
	await checkFiles(people.admin);
	await checkFunctions(people);
	if (records) {
		await checkAttachmentsOfNotes(people.admin, records);
		await checkMergeAndDelete(people.admin, records);
	}
}
await sql.end();
process.exitCode = verdict();
