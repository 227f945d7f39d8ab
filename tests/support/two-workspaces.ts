import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { furnish, png } from './furnishing.ts';
import { addMember, createPerson, createWorkspace, must, serviceClient, type Endpoint, type Person, type Workspace } from './workspace.ts';

/** A row of a table as the database has it. */
export type Row = Record<string, unknown>;

/** A workspace with something in every table. `mark` is a word that stands in every text of it and nowhere else. */
export type Estate = { workspace: Workspace; admin: Person; mate: Person; mark: string; rows: Record<string, Row> };

type Property = { format?: string; type?: string };

/** What the REST API says of itself: each table with the columns it shows. */
export type Definitions = Record<string, { properties: Record<string, Property> }>;

/** Two furnished workspaces: the victim's, and the one of a thief who tries every door of it. */
export type TwoWorkspaces = {
	home: Estate;
	lair: Estate;
	thief: Person;
	definitions: Definitions;
	/** Everything that the victim's workspace and its people own, as text: the same as long as nobody changed anything. */
	everything(): Promise<string>;
};

/** Tables that belong to a person and not to a workspace, and the column that says to whom. */
const ownedByPeople: Record<string, string> = { profiles: 'id', preferences: 'user_id' };

async function estateOf(endpoint: Endpoint, admin: Person, mark: string): Promise<Estate> {
	const workspace = await createWorkspace(endpoint, admin);
	const mate = await addMember(endpoint, workspace, 'sales');
	await furnish(workspace, mate, mark);
	return { workspace, admin, mate, mark, rows: {} };
}

/**
 * Makes both workspaces. `once` says what the thief is to the victim: a stranger, or a former member, who has been inside and was removed.
 */
export async function twoWorkspaces(endpoint: Endpoint, sql: Sql, once: 'stranger' | 'former member' = 'stranger'): Promise<TwoWorkspaces> {
	const [victim, thief] = [await createPerson(endpoint, 'Vera Victim'), await createPerson(endpoint, 'Theo Thief')];
	const home = await estateOf(endpoint, victim, `SECRET${randomUUID().slice(0, 8)}`);
	const lair = await estateOf(endpoint, thief, `LOOT${randomUUID().slice(0, 8)}`);
	if (once === 'former member') {
		await addMember(endpoint, home.workspace, 'manager', thief);
		must(await thief.client.from('deals').select('id').eq('org_id', home.workspace.id).limit(1).single());
		const gone = await victim.client.rpc('remove_member', { org: home.workspace.id, member: thief.id });
		if (gone.error) throw gone.error;
	}
	const answer = await fetch(`${endpoint.apiUrl}/rest/v1/`, { headers: { apikey: endpoint.secretKey } });
	const { definitions }: { definitions: Definitions } = await answer.json();
	const ownerColumn = (table: string): string | undefined => {
		if (table === 'organizations') return 'id';
		return ownedByPeople[table] ?? ('org_id' in (definitions[table]?.properties ?? {}) ? 'org_id' : undefined);
	};
	const select = (table: string, owners: string[]): Promise<{ row: Row }[]> =>
		sql.unsafe(
			`select to_jsonb(t) as row from public.${table} t where t.${ownerColumn(table)} = any ($1)
			order by to_jsonb(t) ->> 'created_at' desc, to_jsonb(t)::text`,
			[owners]
		);
	const owners = (table: string, { workspace, admin, mate }: Estate) => (table in ownedByPeople ? [admin.id, mate.id] : [workspace.id]);
	const tables = Object.keys(definitions)
		.filter((table) => ownerColumn(table) !== undefined)
		.sort();
	for (const estate of [home, lair])
		for (const table of tables) {
			// The newest: what furnishing made, rather than what every workspace begins with.
			const [found] = await select(table, owners(table, estate));
			if (found) estate.rows[table] = found.row;
		}
	return {
		home,
		lair,
		thief,
		definitions,
		async everything() {
			const held = await Promise.all(tables.map((table) => select(table, owners(table, home))));
			const photo = must(await serviceClient(endpoint).storage.from('avatars').download(`${victim.id}/me.png`));
			return JSON.stringify([held, photo.size === png(home.mark).size]);
		}
	};
}

/** An id of nothing, as old as a given one: where ids are places in a list, theirs is the same. */
export const idLike = (id: string): string => id.slice(0, -12) + randomUUID().slice(-12);

/** Answers compared without what must differ: ids and moments. */
export const plain = (text: string): string =>
	text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<id>').replace(/\d{4}-\d\d-\d\dT[\d:.+Z]+/g, '<moment>');

/** An answer of REST as a thief sees it: `raw` as it came, the rest to be compared. */
export type Seen = { status: number; body: string; range: string | null; raw: string };

/** Asks an interface of the platform as a person. */
export async function ask(
	endpoint: Endpoint,
	person: Person,
	path: string,
	init: RequestInit & { headers?: Record<string, string> } = {}
): Promise<Seen> {
	const { data } = await person.client.auth.getSession();
	const response = await fetch(`${endpoint.apiUrl}${path}`, {
		...init,
		headers: {
			apikey: endpoint.publishableKey,
			authorization: `Bearer ${data.session?.access_token}`,
			'content-type': 'application/json',
			...init.headers
		}
	});
	const raw = await response.text();
	return { status: response.status, body: plain(raw), range: response.headers.get('content-range'), raw };
}
