import { restoreData } from '../../embedded/data/index.ts';

/** A restore in a process of its own that is killed as soon as it has done a step: by itself, as a signal from outside may come after the end. */
const [dataDir = '', file = '', migrationsDir = '', fatal = ''] = process.argv.slice(2);

await restoreData({
	dataDir,
	file,
	force: true,
	migrationsDir,
	onStep(name) {
		if (name === fatal) process.kill(process.pid, 'SIGKILL');
	}
});
