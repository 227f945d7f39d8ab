import type { Sql } from 'postgres';

/** One way to weaken the database: what it is about (a table or function), in words, and the SQL that does it. */
export type Mutant = { kind: 'policy' | 'grant' | 'trigger' | 'function'; about: string; text: string; sql: string };

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The parts of an expression that `and` or `or` connects at its top level, or null when it is one condition. */
export function partsOf(expression: string): { operator: 'AND' | 'OR'; parts: string[] } | null {
	const bare = withoutParentheses(expression);
	for (const operator of ['OR', 'AND'] as const) {
		const parts: string[] = [];
		let depth = 0;
		let start = 0;
		for (let index = 0; index < bare.length; index++) {
			const character = bare[index];
			if (character === "'") index = bare.indexOf("'", index + 1);
			else if (character === '(') depth++;
			else if (character === ')') depth--;
			else if (depth === 0 && bare.startsWith(` ${operator} `, index)) {
				parts.push(bare.slice(start, index));
				start = index + operator.length + 2;
				index = start - 1;
			}
			if (index < 0) break;
		}
		if (parts.length > 0) return { operator, parts: [...parts, bare.slice(start)] };
	}
	return null;
}

function withoutParentheses(expression: string): string {
	const trimmed = expression.trim();
	if (!trimmed.startsWith('(') || !trimmed.endsWith(')')) return trimmed;
	let depth = 0;
	for (let index = 0; index < trimmed.length - 1; index++) {
		if (trimmed[index] === '(') depth++;
		if (trimmed[index] === ')') depth--;
		if (depth === 0) return trimmed;
	}
	return withoutParentheses(trimmed.slice(1, -1));
}

/** Rights that there are in scope all only: to ask for less of them is the same. */
const wholly = /'(organizations|members|roles|teams|pipelines|custom_fields)'/;

/** The expression with one of its conditions left out, at every depth, and every scope and action asked for more weakly. */
export function weakened(expression: string): { text: string; expression: string }[] {
	const found: { text: string; expression: string }[] = [];
	const split = partsOf(expression);
	for (const [index, part] of (split?.parts ?? []).entries()) {
		if (!split) break;
		const others = split.parts.filter((_, place) => place !== index);
		found.push({ text: `without ${part.trim()}`, expression: others.join(` ${split.operator} `) });
		if (partsOf(part))
			for (const inner of weakened(part))
				found.push({
					text: inner.text,
					expression: split.parts.map((one, place) => (place === index ? `(${inner.expression})` : one)).join(` ${split.operator} `)
				});
	}
	if (!split)
		for (const [from, to] of [
			["'all'::text", "'own'::text"],
			["'update'::text", "'read'::text"],
			["'delete'::text", "'read'::text"],
			["'create'::text", "'read'::text"]
		] as const)
			if (expression.includes(from) && !(from.startsWith("'all'") && wholly.test(expression)))
				found.push({ text: `${from} as ${to} in ${expression}`, expression: expression.replace(from, to) });
	return found;
}

async function ofPolicies(sql: Sql): Promise<Mutant[]> {
	const policies = await sql<{ schema: string; table: string; name: string; using: string | null; check: string | null }[]>`
		select schemaname as schema, tablename as table, policyname as name, qual as using, with_check as check from pg_policies order by 1, 2, 3`;
	return policies.flatMap(({ schema, table, name, using, check }) => {
		const target = `policy ${quoted(name)} on ${quoted(schema)}.${quoted(table)}`;
		const about = `${schema}.${table}`;
		const mutants: Mutant[] = [{ kind: 'policy', about, text: `${about} · ${name}: gone`, sql: `drop ${target}` }];
		for (const [clause, expression] of [
			['using', using],
			['with check', check]
		] as const) {
			if (expression === null) continue;
			const alter = (changed: string) => `alter ${target} ${clause} (${changed})`;
			mutants.push({ kind: 'policy', about, text: `${about} · ${name}: ${clause} true`, sql: alter('true') });
			for (const { text, expression: changed } of weakened(expression))
				mutants.push({
					kind: 'policy',
					about,
					text: `${about} · ${name}, ${clause}: ${text}`.replaceAll(/\s+/g, ' '),
					sql: alter(changed)
				});
		}
		return mutants;
	});
}

async function ofGrants(sql: Sql): Promise<Mutant[]> {
	const missing = await sql<{ table: string; column: string; privilege: string }[]>`
		select c.relname as table, a.attname as column, p.privilege
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
		cross join (values ('insert'), ('update'), ('select')) p (privilege)
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not has_column_privilege('authenticated', c.oid, a.attnum, p.privilege)
		order by 1, 2, 3`;
	const held = await sql<{ table: string; privilege: string }[]>`
		select c.relname as table, p.privilege from pg_class c cross join (values ('insert'), ('update'), ('select'), ('delete')) p (privilege)
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
			and case p.privilege when 'delete' then has_table_privilege('authenticated', c.oid, 'delete') else has_any_column_privilege('authenticated', c.oid, p.privilege) end
		order by 1, 2`;
	const functions = await sql<{ name: string; signature: string; open: boolean }[]>`
		select p.proname as name, p.oid::regprocedure::text as signature, has_function_privilege('authenticated', p.oid, 'execute') as open
		from pg_proc p where p.pronamespace = 'public'::regnamespace order by 2`;
	return [
		...missing.map(({ table, column, privilege }) => ({
			kind: 'grant' as const,
			about: `public.${table}`,
			text: `${table}.${column}: ${privilege} granted`,
			sql: `grant ${privilege} (${quoted(column)}) on public.${quoted(table)} to authenticated`
		})),
		...held.map(({ table, privilege }) => ({
			kind: 'grant' as const,
			about: `public.${table}`,
			text: `${table}: ${privilege} taken away`,
			sql: `revoke ${privilege} on public.${quoted(table)} from authenticated`
		})),
		...functions.map(({ name, signature, open }) => ({
			kind: 'grant' as const,
			about: name,
			text: open ? `${signature} closed` : `${signature} open to members`,
			sql: `${open ? 'revoke' : 'grant'} execute on function ${signature} ${open ? 'from' : 'to'} authenticated`
		}))
	];
}

async function ofTriggers(sql: Sql): Promise<Mutant[]> {
	const triggers = await sql<{ name: string; table: string }[]>`
		select t.tgname as name, t.tgrelid::regclass::text as table
		from pg_trigger t join pg_class c on c.oid = t.tgrelid
		where not t.tgisinternal and c.relnamespace = 'public'::regnamespace order by 2, 1`;
	return triggers.map(({ name, table }) => ({
		kind: 'trigger' as const,
		about: `public.${table.replace('public.', '')}`,
		text: `${table}: trigger ${name} gone`,
		sql: `drop trigger ${quoted(name)} on ${table}`
	}));
}

/** Functions that have nothing to do with who may do what. */
const indifferent =
	/^(uuid_v7|is_currency|rank_at|new_rank|like_pattern|free_slug|is_reserved_slug|normal_code|hash_token|new_token|touch|keep_profile|add_default_|default_rights|place_deal|note_close_reason|record_|keep_stage_kind|parsed_import_rows|govern_records|refuse_|request_id|\w+_newest_\w+)/;

/** Ways to weaken the text of a function, each at one place. */
export function weakenedBodies(source: string): { text: string; source: string }[] {
	const lines = source.split('\n');
	const found: { text: string; source: string }[] = [];
	const put = (index: number, line: string, text: string) => found.push({ text, source: lines.with(index, line).join('\n') });
	const isBalanced = (text: string) => text.split('(').length === text.split(')').length && !/\bthen\b|;/.test(text);
	lines.forEach((line, index) => {
		const bare = line.trim();
		if (bare.startsWith('--')) return;
		if (/^(and|or) /.test(bare) && isBalanced(bare)) put(index, '', `without "${bare}"`);
		if (/^if .* then$/.test(bare) && /raise|return|refuse/.test(lines[index + 1] ?? ''))
			put(index, line.replace(/if .* then/, 'if false then'), `never "${bare}"`);
		for (const [pattern, replacement] of [
			[/\b\w+(\.\w+)?status = 'active'/g, 'true'],
			[/\b\w+\.expires_at > now\(\)/g, 'true'],
			[/\b\w+\.expires_at <= now\(\)/g, 'false'],
			[/\b\w+(\.\w+)?ended_at is null/g, 'true'],
			[/'all'\)/g, "'own')"],
			[/'(update|delete|create|assign|export)', '/g, "'read', '"],
			[/\borg_id = \w+\.org_id and /g, ''],
			[/ and \w+\.org_id = \w+\.org_id/g, ''],
			[/ and \w+\.used_at is null/g, ''],
			[/private\.viewed_org\(\) is (not )?null/g, 'false'],
			[/r\.key = 'admin'/g, 'true']
		] as const)
			for (const match of line.matchAll(pattern)) {
				if (match[0] === "'all')" && wholly.test(line)) continue;
				const changed = `${line.slice(0, match.index)}${replacement}${line.slice(match.index + match[0].length)}`;
				put(index, changed, `"${match[0]}" as "${replacement}" in "${bare}"`);
			}
	});
	return found;
}

async function ofFunctions(sql: Sql): Promise<Mutant[]> {
	const functions = await sql<{ name: string; source: string; definition: string }[]>`
		select p.proname as name, p.prosrc as source, pg_get_functiondef(p.oid) as definition
		from pg_proc p where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prolang <> 13 order by 1`;
	const [view] = await sql<{ definition: string }[]>`select pg_get_viewdef('private.memberships'::regclass) as definition`;
	const where = / WHERE (.*);$/s.exec(view?.definition ?? '');
	const ofView = weakened(where?.[1] ?? '').map(({ text, expression }) => ({
		kind: 'function' as const,
		about: 'memberships',
		text: `memberships ${text.replaceAll(/\s+/g, ' ')}`,
		sql: `create or replace view private.memberships as ${view?.definition.slice(0, where?.index) ?? ''} where ${expression}`
	}));
	return [
		...ofView,
		...functions
			.filter(({ name }) => !indifferent.test(name))
			.flatMap(({ name, source, definition }) =>
				weakenedBodies(source).map(({ text, source: changed }) => ({
					kind: 'function' as const,
					about: name,
					text: `${name} ${text}`,
					sql: definition.replace(source, () => changed)
				}))
			)
	];
}

/** Every mutant there is of a migrated database: of its policies, grants, triggers and functions. */
export async function mutantsOf(sql: Sql): Promise<Mutant[]> {
	return [...(await ofPolicies(sql)), ...(await ofGrants(sql)), ...(await ofTriggers(sql)), ...(await ofFunctions(sql))];
}
