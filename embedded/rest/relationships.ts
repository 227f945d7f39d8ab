import type { Catalog, Reference, Table } from './catalog.ts';
import { Problem } from './problem.ts';

/** How rows of one table find rows of another; `columns` pairs [origin column, target column]. */
export type Relationship =
	| {
			kind: 'many-to-one' | 'one-to-one' | 'one-to-many';
			origin: Table;
			target: Table;
			constraint: string;
			columns: [string, string][];
			/** The origin holds the foreign key. */
			forward: boolean;
	  }
	| {
			kind: 'many-to-many';
			origin: Table;
			target: Table;
			/** Names of the two foreign keys of the junction: to the origin, to the target. */
			constraints: [string, string];
			junction: Table;
			/** [origin column, junction column] */
			originColumns: [string, string][];
			/** [target column, junction column] */
			targetColumns: [string, string][];
	  };

const flip = (pairs: [string, string][]): [string, string][] => pairs.map(([a, b]) => [b, a]);

function isUnique(table: Table, columns: string[]): boolean {
	return table.keys.some((key) => key.columns.length === columns.length && key.columns.every((name) => columns.includes(name)));
}

function primaryKey(table: Table): string[] {
	return table.keys.find((key) => key.primary)?.columns ?? [];
}

function oppositeEnds(reference: Reference, catalog: Catalog): [Table, Table] | undefined {
	const own = catalog.table(reference.schema, reference.table);
	const foreign = catalog.table(reference.foreignSchema, reference.foreignTable);
	return own && foreign ? [own, foreign] : undefined;
}

/** Every way from `origin` to another table: its own foreign keys, those that point at it, and junction tables. */
function relationshipsOf(origin: Table, catalog: Catalog): Relationship[] {
	const found: Relationship[] = [];
	for (const reference of catalog.references) {
		const ends = oppositeEnds(reference, catalog);
		if (!ends) continue;
		const [own, foreign] = ends;
		const unique = isUnique(
			own,
			reference.columns.map(([column]) => column)
		);
		if (own === origin) {
			const kind = unique ? 'one-to-one' : 'many-to-one';
			found.push({ kind, origin, target: foreign, constraint: reference.name, columns: reference.columns, forward: true });
		}
		if (foreign === origin) {
			const kind = unique ? 'one-to-one' : 'one-to-many';
			found.push({ kind, origin, target: own, constraint: reference.name, columns: flip(reference.columns), forward: false });
			found.push(...throughJunction(origin, own, reference, catalog));
		}
	}
	return found;
}

/** A table is a junction where the columns of two of its foreign keys are part of its primary key. */
function throughJunction(origin: Table, junction: Table, toOrigin: Reference, catalog: Catalog): Relationship[] {
	const key = primaryKey(junction);
	return catalog.references.flatMap((toTarget): Relationship[] => {
		if (toTarget === toOrigin || toTarget.schema !== junction.schema || toTarget.table !== junction.name) return [];
		const target = catalog.table(toTarget.foreignSchema, toTarget.foreignTable);
		const columns = [...toOrigin.columns, ...toTarget.columns].map(([column]) => column);
		if (!target || !columns.every((column) => key.includes(column))) return [];
		return [
			{
				kind: 'many-to-many',
				origin,
				target,
				constraints: [toOrigin.name, toTarget.name],
				junction,
				originColumns: flip(toOrigin.columns),
				targetColumns: flip(toTarget.columns)
			}
		];
	});
}

const isToMany = (relationship: Relationship) => relationship.kind === 'one-to-many' || relationship.kind === 'many-to-many';

/** The single column of the foreign key by which the relation can also be named. */
function keyColumn(relationship: Relationship): string | undefined {
	if (relationship.kind === 'many-to-many' || relationship.columns.length !== 1) return undefined;
	return relationship.columns[0]?.[relationship.forward ? 0 : 1];
}

function isNamed(relationship: Relationship, target: string, hint: string | undefined): boolean {
	const byTable = relationship.target.name === target;
	if (relationship.kind === 'many-to-many') {
		return byTable && (hint === undefined || hint === relationship.junction.name || relationship.constraints.includes(hint));
	}
	if (relationship.origin === relationship.target && hint === undefined) {
		// A table that refers to itself: its name means the children, its key column the parent.
		return relationship.forward ? target === keyColumn(relationship) || target === relationship.constraint : byTable;
	}
	if (hint !== undefined) {
		const hinted =
			hint === relationship.constraint ||
			hint === keyColumn(relationship) ||
			relationship.columns.some(([own, other]) => relationship.columns.length === 1 && hint === (relationship.forward ? other : own));
		if (relationship.origin === relationship.target) {
			// The constraint as hint means the children, its column the parent.
			return byTable && (relationship.forward ? hint === keyColumn(relationship) : hint === relationship.constraint);
		}
		return byTable && hinted;
	}
	return byTable || target === relationship.constraint || (relationship.forward && target === keyColumn(relationship));
}

function describe(relationship: Relationship): { cardinality: string; embedding: string; relationship: string } {
	const { origin, target } = relationship;
	const list = (pairs: [string, string][], side: 0 | 1) => pairs.map((pair) => pair[side]).join(', ');
	return {
		cardinality: relationship.kind,
		embedding: `${origin.name} with ${target.name}`,
		relationship:
			relationship.kind === 'many-to-many'
				? `${relationship.junction.name} using ${relationship.constraints[0]}(${list(relationship.originColumns, 1)}) and ${relationship.constraints[1]}(${list(relationship.targetColumns, 1)})`
				: `${relationship.constraint} using ${origin.name}(${list(relationship.columns, 0)}) and ${target.name}(${list(relationship.columns, 1)})`
	};
}

/** The one relationship that `target!hint` names from `origin`; throws PGRST200 for none and PGRST201 for several. */
export function findRelationship(catalog: Catalog, origin: Table, target: string, hint: string | undefined): Relationship {
	const matches = relationshipsOf(origin, catalog).filter((relationship) => isNamed(relationship, target, hint));
	const [only] = matches;
	if (only && matches.length === 1) return only;
	if (!only) {
		const using = hint === undefined ? '' : ` using the hint '${hint}'`;
		throw new Problem(400, 'PGRST200', `Could not find a relationship between '${origin.name}' and '${target}' in the schema cache`, {
			details: `Searched for a foreign key relationship between '${origin.name}' and '${target}'${using} in the schema '${origin.schema}', but no matches were found.`
		});
	}
	const names = matches.map(
		(relationship) => `'${target}!${relationship.kind === 'many-to-many' ? relationship.junction.name : relationship.constraint}'`
	);
	throw new Problem(300, 'PGRST201', `Could not embed because more than one relationship was found for '${origin.name}' and '${target}'`, {
		details: matches.map(describe),
		hint: `Try changing '${target}' to one of the following: ${names.join(', ')}. Find the desired relationship in the 'details' key.`
	});
}

export { isToMany };
