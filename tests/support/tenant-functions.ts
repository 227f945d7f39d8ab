import type { Sql } from 'postgres';
import { resources, type Resource } from './furnishing.ts';

/** An argument of a function, with its type as Postgres writes it. */
export type Argument = { name: string; format: string };

/** Every function of the API that takes an id. The secret key's own description of the API leaves out what only people may call. */
export async function functionsWithIds(sql: Sql): Promise<{ path: string; args: Argument[] }[]> {
	const found = await sql<{ name: string; args: Argument[] }[]>`
		select p.proname as name, (
			select jsonb_agg(jsonb_build_object('name', a.name, 'format', format_type(a.type, null)))
			from unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) a (name, type)
		) as args
		from pg_proc p where p.pronamespace = 'public'::regnamespace and p.pronargs > 0 order by 1`;
	return found
		.filter(({ args }) => args.some(({ format }) => format.startsWith('uuid')))
		.map(({ name, args }) => ({ path: `/rpc/${name}`, args }));
}

/** What of a workspace has ids. */
export type Holding = {
	workspace: { id: string; pipelineId: string; stages: readonly { id: string }[] };
	mate: { id: string };
	rows: Record<string, Record<string, unknown>>;
};

/** The kinds of records that a function can be about: all where it is told which, else deals, of which the ids are that `idFor` gives. */
export const kindsFor = (args: readonly Argument[]): readonly Resource[] =>
	args.some(({ name }) => name === 'resource' || name === 'kinds') ? resources : ['deals'];

/** The id that an argument of that name would have in a workspace; somebody's there if it names none of its things. */
export function idFor(name: string, { workspace, mate, rows }: Holding, resource: Resource = 'deals'): string {
	const from = (table: string) => String(rows[table]?.['id']);
	const known: Record<string, string> = {
		org: workspace.id,
		pipeline: workspace.pipelineId,
		stage: workspace.stages[0]?.id ?? '',
		move_to: workspace.stages[1]?.id ?? '',
		role: from('roles'),
		team: from('teams'),
		import: from('imports'),
		invitation: from('invitations'),
		view: from('member_views'),
		record: from(resource),
		field: from('custom_fields'),
		deal: from('deals'),
		ids: from(resource),
		after: from(resource),
		after_id: from('deals'),
		before_id: from('deals')
	};
	return known[name] ?? mate.id;
}

const plausible: Record<string, unknown> = {
	query: 'SECRET',
	rows: [{ name: 'x' }],
	rights: [],
	emails: ['nobody@example.test'],
	options: {},
	new_label: 'stolen',
	changes: { secret: 'stolen' },
	mapping: {},
	workspace_name: 'Another',
	code: 'aaaaa-aaaaa',
	token: 'f'.repeat(64),
	device: 'd'.repeat(32),
	email: 'nobody@example.test'
};

/** Arguments that a function could be called with for a kind of records: ids as `id` gives them, the rest something that fits. */
export function argumentsOf(
	args: readonly Argument[],
	id: (name: string) => string,
	resource: Resource = 'deals'
): Record<string, unknown> {
	const told: Record<string, unknown> = { ...plausible, resource, kinds: [resource] };
	return Object.fromEntries(
		args.map(({ name, format }): [string, unknown] => {
			if (format === 'uuid') return [name, id(name)];
			if (format === 'uuid[]') return [name, [id(name)]];
			if (name in told) return [name, told[name]];
			if (/int|numeric/.test(format)) return [name, 1];
			if (format === 'boolean') return [name, false];
			if (/timestamp/.test(format)) return [name, '2026-01-01T00:00:00Z'];
			if (/json/.test(format)) return [name, {}];
			return [name, null];
		})
	);
}
