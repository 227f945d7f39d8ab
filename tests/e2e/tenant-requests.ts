import { resources, type Resource } from '../support/furnishing.ts';
import { idLike, plain, type Estate } from '../support/two-workspaces.ts';
import { baseUrl } from './support.ts';
import type { Door } from './route-inventory.ts';
import { bodies, idNames, idOf, idsByRoute, plainByDoor, plainNames, textFor, type Body, type Kind } from './tenant-words.ts';

/** One place in a door's requests that takes an id. */
export type Slot = { name: string; kind: Kind };

const bodiesOf = ({ key }: Door): Body[] => bodies[key] ?? [];

function namesIn(value: unknown): string[] {
	if (Array.isArray(value)) return value.flatMap(namesIn);
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

/** What an id of that name is the id of at a door; null for a name that is no id there. */
function kindOf({ key, route }: Door, name: string): Kind | null {
	if (plainByDoor[key]?.includes(name)) return null;
	const atDoor = idsByRoute[key]?.[name];
	if (atDoor) return atDoor;
	const [, special] =
		Object.entries(idsByRoute)
			.filter(([start, kinds]) => (route === start || route.startsWith(`${start}/`)) && name in kinds)
			.toSorted(([a], [b]) => b.length - a.length)[0] ?? [];
	return special?.[name] ?? idNames[name] ?? null;
}

/** All places of a door that take an id. */
export const slotsOf = (door: Door): Slot[] =>
	[...new Set([...door.inPath, ...door.names])].flatMap((name) => {
		const kind = kindOf(door, name);
		return kind ? [{ name, kind }] : [];
	});

/** The kinds of records that a door is told it is about, or whose things it is given: all or, at most doors, none. */
const kindsAt = (door: Door): readonly (Resource | null)[] =>
	door.names.includes('resource') || slotsOf(door).some(({ kind }) => textFor(kind, 'deals') !== kind) ? resources : [null];

/** What is missing in tenant-words.ts to try a door, in words. */
export function gapsOf(door: Door): string[] {
	const names = [...door.inPath, ...door.names];
	const isKnown = (name: string) => kindOf(door, name) !== null || name in plainNames || plainByDoor[door.key]?.includes(name);
	const unnamed = names.filter((name) => !isKnown(name));
	const gaps = unnamed.map((name) => `${door.key} reads “${name}”: say in tenant-words.ts what it is`);
	if (!door.takesJson) return gaps;
	const sent = new Set(bodiesOf(door).flatMap((body) => namesIn(body((name) => name, 'deals'))));
	return [
		...gaps,
		...door.names.filter((name) => !sent.has(name)).map((name) => `no body of ${door.key} in tenant-words.ts holds “${name}”`),
		...[...sent].filter((name) => !door.names.includes(name)).map((name) => `${door.key} does not read “${name}”`)
	];
}

/** An id of nothing that looks like the one it stands for. */
export const nothingLike = (id: string): string =>
	/[0-9a-f]{12}$/.test(id) ? idLike(id) : `${id.slice(0, -3)}${id.endsWith('zzz') ? 'yyy' : 'zzz'}`;

/** From whom each id of a request is: the thief's own, the victim's, or nobody's. */
export type From = (slot: Slot) => 'own' | 'stolen' | 'none';

/** A request as it goes out, and the ids in it that are not the thief's own. */
export type Sent = { path: string; init: RequestInit; foreign: string[] };

/** A request of a door; `key` is the door's, and the kind of record where it is tried with each. */
export type Asked = Sent & { key: string };

/** The requests of a door with ids from where `from` says, for each kind of record that it can be about. */
export const requestsOf = (door: Door, estates: { own: Estate; victim: Estate }, from: From): Asked[] =>
	kindsAt(door).flatMap((resource) => {
		const key = resource ? `${door.key} of ${resource}` : door.key;
		return requestsAbout(resource ?? 'deals', door, estates, from).map((sent) => ({ ...sent, key }));
	});

function requestsAbout(resource: Resource, door: Door, estates: { own: Estate; victim: Estate }, from: From): Sent[] {
	const ids = new Map<string, string>();
	const foreign: string[] = [];
	for (const slot of slotsOf(door)) {
		const whose = from(slot);
		const kind = textFor(slot.kind, resource);
		const stolen = idOf(kind, estates.victim);
		const id = whose === 'own' ? idOf(kind, estates.own) : whose === 'stolen' ? stolen : nothingLike(stolen);
		ids.set(slot.name, id);
		if (whose !== 'own') foreign.push(id);
	}
	const id = (name: string) => ids.get(name) ?? '';
	const path = door.route.replace(/\[([^\]]+)\]/g, (_, name: string) => encodeURIComponent(id(name)));
	const texts = Object.fromEntries(
		door.names.flatMap((name): [string, string][] => {
			if (door.inPath.includes(name)) return [];
			// A name may be taken already by what another door made.
			const text = ids.get(name) ?? (name === 'name' ? `Stolen ${door.key}`.slice(0, 60) : plainNames[name]);
			return typeof text === 'string' ? [[name, textFor(text, resource)]] : [];
		})
	);
	// What stood there before: other than what is sent, so that every field is changed.
	if ('base' in texts) texts['base'] = JSON.stringify({ ...texts, name: 'Before', first_name: 'Before', owner_id: '', company_id: '' });
	const query = new URLSearchParams(texts);
	const headers = { origin: baseUrl() };
	const json = { ...headers, 'content-type': 'application/json' };
	switch (door.method) {
		case 'page':
			return ['', '/__data.json'].map((data) => ({
				path: `${path === '/' && data ? '' : path}${data}?${query}`,
				init: { headers },
				foreign
			}));
		case 'action': {
			const called = door.action === 'default' ? '' : `/${door.action}&`;
			// Posted as a script does: the answer says what the page would be told.
			const init = { method: 'POST', headers: { ...headers, accept: 'application/json', 'x-sveltekit-action': 'true' }, body: query };
			return [{ path: `${path}?${called}`, init, foreign }];
		}
		case 'GET':
		case 'DELETE':
			return [{ path: `${path}?${query}`, init: { method: door.method, headers }, foreign }];
		default:
			if (!door.takesJson) return [{ path, init: { method: door.method, headers, body: query }, foreign }];
			return bodiesOf(door).map((body) => ({
				path,
				init: { method: door.method, headers: json, body: JSON.stringify(body(id, resource)) },
				foreign
			}));
	}
}

/** What somebody outside learns from an answer. `raw` is it as it came; the rest is compared. */
export type Heard = { status: number; leads: string; keeps: string; type: string; body: string; raw: string };

/** Sends a request with somebody's session. */
export async function hear({ path, init, foreign }: Sent, cookie: string): Promise<Heard> {
	const response = await fetch(`${baseUrl()}${path}`, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
	// The ids that were sent come back in links and forms; they are what differs between two requests.
	const told = (text: string) =>
		plain(foreign.reduce((left, id) => left.replaceAll(id, '<sent>').replaceAll(encodeURIComponent(id), '<sent>'), text)).replace(
			/nonce(="|-)[^"' ]+/g,
			'nonce'
		);
	const raw = await response.text();
	return {
		status: response.status,
		leads: told(response.headers.get('location') ?? ''),
		keeps: told(response.headers.getSetCookie().join('\n')),
		type: response.headers.get('content-type') ?? '',
		body: told(raw),
		raw: `${response.headers.get('location')} ${raw}`
	};
}
