import { restoreData } from '../../embedded/data/index.ts';

/** A restore in a process of its own, for tests that kill it: says which step it has done. */
const [dataDir = '', file = '', migrationsDir = ''] = process.argv.slice(2);

await restoreData({ dataDir, file, force: true, migrationsDir, onStep: (name) => console.log(name) });
