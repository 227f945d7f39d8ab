import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baseUrl, endpoint } from '../e2e/endpoint.ts';
import startBuiltApp from '../e2e/global-setup.ts';
import { cookieOf } from '../e2e/session-cookie.ts';
import { median, separability } from '../support/separability.ts';
import { argumentsOf, functionsWithIds, idFor } from '../support/tenant-functions.ts';
import { idLike, twoWorkspaces, type TwoWorkspaces } from '../support/two-workspaces.ts';

// What the time of an answer tells of another workspace: each table by each id, each function, photos and the app's record pages are asked with an id of the
// victim's and with one of nobody, in turns. docs/decisions/021 says what it tells and why.

/** Askings of each kind, in turns. */
const tries = 400;
/** Of 400 against 400 equal times the statistic leaves 0.5 ± 0.1 once in a million comparisons. */
const silent = 0.1;

let stop: () => Promise<void>;
let sql: Sql;
let two: TwoWorkspaces;
let headers: Record<string, string>;
let cookie: string;

beforeAll(async () => {
	stop = await startBuiltApp();
	sql = postgres(process.env.SUPABASE_DB_URL ?? '', { max: 1 });
	two = await twoWorkspaces(endpoint(), sql);
	const { data } = await two.thief.client.auth.getSession();
	const { publishableKey: apikey } = endpoint();
	headers = { apikey, authorization: `Bearer ${data.session?.access_token}`, 'content-type': 'application/json' };
	cookie = await cookieOf(two.thief);
}, 120_000);
afterAll(async () => {
	await sql.end();
	await stop();
});

/** What the times of one question tell: `difference` of the medians and the `usual` one, in milliseconds. */
type Told = { name: string; auc: number; difference: number; usual: number };

/** What is sent; made beforehand, as that takes its time too. */
type Question = { url: string; init?: RequestInit };

/** Asks both ways in turns. */
async function compare(name: string, question: (real: boolean) => Question): Promise<Told> {
	const there: number[] = [];
	const nowhere: number[] = [];
	const [known, unknown] = [question(true), question(false)];
	const ask = async ({ url, init = { headers } }: Question) => (await fetch(url, init)).arrayBuffer();
	const measure = async (real: boolean) => {
		const started = performance.now();
		await ask(real ? known : unknown);
		(real ? there : nowhere).push(performance.now() - started);
	};
	for (let warm = 0; warm < 10; warm++) await ask(warm % 2 === 0 ? known : unknown);
	for (let index = 0; index < tries; index++) {
		// Whichever comes first warms something for the other.
		const first = Math.random() < 0.5;
		await measure(first);
		await measure(!first);
	}
	const usual = median(nowhere);
	return { name, auc: separability(there, nowhere), difference: median(there) - usual, usual };
}

/** Prints those that tell most, and returns the ones that tell more than chance would. */
function loud(told: Told[]): Told[] {
	const byWeight = told.toSorted((a, b) => Math.abs(b.auc - 0.5) - Math.abs(a.auc - 0.5));
	for (const { name, auc, difference, usual } of byWeight.slice(0, 12))
		console.log(`${name}: separability ${auc.toFixed(3)}, ${(difference * 1000).toFixed(0)} µs more than ${usual.toFixed(2)} ms`);
	return told.filter(({ auc }) => Math.abs(auc - 0.5) > silent);
}

test('tables tell nothing', async () => {
	const told: Told[] = [];
	for (const [table, { properties }] of Object.entries(two.definitions))
		for (const [column, { format }] of Object.entries(properties)) {
			const id = two.home.rows[table]?.[column];
			if (format !== 'uuid' || typeof id !== 'string') continue;
			const url = (value: string) => `${endpoint().apiUrl}/rest/v1/${table}?select=${column}&${column}=eq.${value}`;
			told.push(await compare(`${table}.${column}`, (real) => ({ url: url(real ? id : idLike(id)) })));
		}
	expect(told.length).toBeGreaterThan(60);
	expect(loud(told)).toEqual([]);
});

test('functions tell nothing', async () => {
	const told: Told[] = [];
	for (const { path, args } of await functionsWithIds(sql)) {
		const url = `${endpoint().apiUrl}/rest/v1${path}`;
		const body = (real: boolean) =>
			JSON.stringify(argumentsOf(args, (name) => (real ? idFor(name, two.home) : idLike(idFor(name, two.home)))));
		told.push(await compare(path, (real) => ({ url, init: { method: 'POST', headers, body: body(real) } })));
	}
	expect(told.length).toBeGreaterThan(20);
	expect(loud(told)).toEqual([]);
});

test('photos tell nothing', async () => {
	const taken = String(two.home.rows['profiles']?.['photo_path'] ?? `${two.home.admin.id}/me.png`);
	const photo = (real: boolean) => (real ? taken : taken.replace(/me\.png$/, 'xy.png'));
	const storage = `${endpoint().apiUrl}/storage/v1/object`;
	const journey = (real: boolean) => ({ bucketId: 'avatars', sourceKey: photo(real), destinationKey: `${two.thief.id}/mine.png` });
	const doors: Record<string, { method: string; path: (real: boolean) => string; body?: (real: boolean) => object }> = {
		read: { method: 'GET', path: (real) => `/authenticated/avatars/${photo(real)}` },
		info: { method: 'GET', path: (real) => `/info/avatars/${photo(real)}` },
		sign: { method: 'POST', path: (real) => `/sign/avatars/${photo(real)}`, body: () => ({ expiresIn: 60 }) },
		list: {
			method: 'POST',
			path: () => '/list/avatars',
			body: (real) => ({ prefix: real ? two.home.admin.id : idLike(two.home.admin.id) })
		},
		replace: { method: 'PUT', path: (real) => `/avatars/${photo(real)}`, body: () => ({}) },
		move: { method: 'POST', path: () => '/move', body: journey },
		copy: { method: 'POST', path: () => '/copy', body: journey },
		remove: { method: 'DELETE', path: (real) => `/avatars/${photo(real)}` },
		'remove some': { method: 'DELETE', path: () => '/avatars', body: (real) => ({ prefixes: [photo(real)] }) }
	};
	const told: Told[] = [];
	for (const [name, { method, path, body }] of Object.entries(doors)) {
		const sent = body ? headers : Object.fromEntries(Object.entries(headers).filter(([header]) => header !== 'content-type'));
		told.push(
			await compare(name, (real) => ({
				url: storage + path(real),
				init: { method, headers: sent, body: body && JSON.stringify(body(real)) }
			}))
		);
	}
	expect(loud(told)).toEqual([]);
});

test('pages of the app tell nothing', async () => {
	const { home, lair } = two;
	const id = (table: string, real: boolean) => {
		const stolen = String(home.rows[table]?.['id']);
		return real ? stolen : idLike(stolen);
	};
	const slug = (real: boolean) => (real ? home.workspace.slug : `${home.workspace.slug.slice(0, -3)}zzz`);
	const own = lair.workspace.slug;
	const pages: Record<string, (real: boolean) => string> = {
		'a company': (real) => `/${own}/companies/${id('companies', real)}/__data.json`,
		'a contact': (real) => `/${own}/contacts/${id('contacts', real)}/__data.json`,
		'a deal': (real) => `/${own}/pipeline/${id('deals', real)}/__data.json`,
		'a role': (real) => `/${own}/settings/roles/${id('roles', real)}/__data.json`,
		'a new contact of a company': (real) => `/${own}/contacts/new/__data.json?company=${id('companies', real)}`,
		'a photo': (real) => `/api/people/${real ? home.admin.id : idLike(home.admin.id)}/photo`,
		'a workspace': (real) => `/${slug(real)}/companies/__data.json`,
		'a deal of a workspace': (real) => `/${slug(real)}/pipeline/${id('deals', real)}/__data.json`
	};
	const told: Told[] = [];
	for (const [name, path] of Object.entries(pages))
		told.push(await compare(name, (real) => ({ url: `${baseUrl()}${path(real)}`, init: { headers: { cookie } } })));
	expect(loud(told)).toEqual([]);
});
