import type { Reference, Table } from './catalog.ts';

/** A column of a view that shows a column of a table, or of another view, as it is. */
type Shown = { name: string; oid: string; number: number };

/**
 * The columns of a view that are columns of what it reads, from PostgreSQL's own record of where they come from (`resorigtbl`, `resorigcol` of
 * each target entry of the query, src/include/nodes/primnodes.h). The entries of subqueries lie deeper and tell nothing of the view.
 */
export function shownColumns(rule: string): Shown[] {
	const entries: Shown[] = [];
	const starts: number[] = [];
	/** Where the last node inside the current one ended. */
	let lastEnd = 0;
	for (let at = 0; at < rule.length; at++) {
		const letter = rule[at];
		if (letter === '\\') at += 1;
		else if (letter === '{') starts.push(at);
		else if (letter === '}') {
			const start = starts.pop() ?? 0;
			if (starts.length === 1 && rule.startsWith('{TARGETENTRY ', start)) {
				const [, name = '', oid = '0', number = '0', junk] =
					/ :resname ((?:\\.|[^ \\])+) .*:resorigtbl (\d+) :resorigcol (\d+) :resjunk (\w+)$/s.exec(rule.slice(lastEnd, at)) ?? [];
				if (junk === 'false' && oid !== '0') entries.push({ name: name.replaceAll(/\\(.)/gs, '$1'), oid, number: Number(number) });
			}
			lastEnd = at + 1;
		}
	}
	return entries;
}

/** For a view, the name under which it shows each column of a table, by `oid.number`; views that read views are followed down to tables. */
function columnsByOrigin(view: Table, byOid: ReadonlyMap<string, Table>): Map<string, string> {
	const names = new Map<string, string>();
	for (const { name, oid, number } of shownColumns(view.rule ?? '')) {
		const source = byOid.get(oid);
		let origin = `${oid}.${number}`;
		if (source?.isView) {
			const column = source.columns.find((known) => known.number === number)?.name;
			const [inner] = [...columnsByOrigin(source, byOid)].find(([, shown]) => shown === column) ?? [];
			if (inner === undefined) continue;
			origin = inner;
		}
		if (!names.has(origin)) names.set(origin, name);
	}
	return names;
}

/**
 * The foreign keys that views take over from the tables they read: a view that shows the columns of a key, or the columns one refers to,
 * stands in for the table (docs.postgrest.org, resource_embedding, foreign key joins on views).
 */
export function referencesOfViews(tables: readonly Table[], references: readonly Reference[]): Reference[] {
	const byOid = new Map(tables.map((table) => [table.oid, table]));
	const byName = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
	const views = tables.filter(({ isView }) => isView).map((view) => ({ view, columns: columnsByOrigin(view, byOid) }));
	if (views.length === 0) return [];

	/** The table itself and the views that show all these columns of it, each with its names for them. */
	const standIns = (table: Table, columns: string[]): { table: Table; columns: string[] }[] => [
		{ table, columns },
		...views.flatMap(({ view, columns: shown }) => {
			const names = columns.flatMap((column) => {
				const number = table.columns.find(({ name }) => name === column)?.number;
				return shown.get(`${table.oid}.${number}`) ?? [];
			});
			return names.length === columns.length ? [{ table: view, columns: names }] : [];
		})
	];
	return references.flatMap((reference) => {
		const own = byName.get(`${reference.schema}.${reference.table}`);
		const foreign = byName.get(`${reference.foreignSchema}.${reference.foreignTable}`);
		if (!own || !foreign) return [];
		const [ownSides, foreignSides] = [own, foreign].map((table, side) =>
			standIns(
				table,
				reference.columns.map((pair) => (side === 0 ? pair[0] : pair[1]))
			)
		);
		return (ownSides ?? []).flatMap((from) =>
			(foreignSides ?? []).flatMap((to): Reference[] => {
				if (from.table === own && to.table === foreign) return [];
				return [
					{
						name: reference.name,
						schema: from.table.schema,
						table: from.table.name,
						foreignSchema: to.table.schema,
						foreignTable: to.table.name,
						columns: from.columns.map((column, index) => [column, to.columns[index] ?? '']),
						unique: reference.unique
					}
				];
			})
		);
	});
}
