import { createFunctions } from '../../embedded/functions/index.ts';
import { anyone } from './functions-project.ts';

/** A platform with functions only, in a process of its own, for tests that kill it: calls each function once and prints what they answered. */
const [folder = '', ...names] = process.argv.slice(2);

const functions = await createFunctions({
	folder,
	apiUrl: 'http://127.0.0.1:54321',
	dbUrl: '',
	publishableKey: 'sb_publishable_x',
	secretKey: 'sb_secret_x',
	verifyToken: () => Promise.reject(new Error('not asked for')),
	keyRole: () => null,
	watch: false,
	config: () => ({ verifyJwt: false, enabled: true }),
	log: () => {}
});
const call = async (name: string) => (await functions.fetch(new Request(`http://127.0.0.1/functions/v1/${name}`), anyone)).text();
console.log(JSON.stringify(await Promise.all(names.map(call))));
// Stays until it is killed.
setInterval(() => {}, 60_000);
