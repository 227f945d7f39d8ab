import type { Catalog, Reference, Routine, Table } from './catalog.ts';
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
	  }
	/** A function of the database finds the rows. */
	| { kind: 'computed'; origin: Table; target: Table; routine: Routine };

const flip = (pairs: [string, string][]): [string, string][] => pairs.map(([a, b]) => [b, a]);

function primaryKey(table: Table): string[] {
	return table.keys.find((key) => key.primary)?.columns ?? [];
}

function oppositeEnds(reference: Reference, catalog: Catalog): [Table, Table] | undefined {
	const own = catalog.table(reference.schema, reference.table);
	const foreign = catalog.table(reference.foreignSchema, reference.foreignTable);
	return own && foreign ? [own, foreign] : undefined;
}

/** Functions that are given a row of `origin` and return rows of a table (docs.postgrest.org, resource_embedding, computed relationships). */
function computedRelationships(origin: Table, catalog: Catalog): Relationship[] {
	return catalog.functionsOfRow(origin).flatMap((routine): Relationship[] => {
		const target = routine.returnsTable ? catalog.table(...routine.returnsTable) : undefined;
		return target && routine.schema === origin.schema ? [{ kind: 'computed', origin, target, routine }] : [];
	});
}

/** Every way from `origin` to another table: its own foreign keys, those that point at it, and junction tables. */
function relationshipsOf(origin: Table, catalog: Catalog): Relationship[] {
	const found: Relationship[] = [];
	for (const reference of catalog.references) {
		const ends = oppositeEnds(reference, catalog);
		if (!ends) continue;
		const [own, foreign] = ends;
		const { unique } = reference;
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

function isToMany(relationship: Relationship): boolean {
	if (relationship.kind === 'computed') return !relationship.routine.returnsOne;
	return relationship.kind === 'one-to-many' || relationship.kind === 'many-to-many';
}

/** The single column of the foreign key by which the relation can also be named. */
function keyColumn(relationship: Relationship): string | undefined {
	if (!('columns' in relationship) || relationship.columns.length !== 1) return undefined;
	return relationship.columns[0]?.[relationship.forward ? 0 : 1];
}

function isNamed(relationship: Relationship, target: string, hint: string | undefined): boolean {
	if (relationship.kind === 'computed') return relationship.routine.name === target;
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
	// By the key itself only the table is meant, not the views that stand in for it.
	const byKey = target === relationship.constraint || (relationship.forward && target === keyColumn(relationship));
	return byTable || (byKey && !relationship.target.isView);
}

/** The name that tells the relationship from others between the same tables. */
function hintOf(relationship: Relationship): string {
	if (relationship.kind === 'computed') return relationship.routine.name;
	return relationship.kind === 'many-to-many' ? relationship.junction.name : relationship.constraint;
}

function describe(relationship: Relationship): { cardinality: string; embedding: string; relationship: string } {
	const { origin, target } = relationship;
	const list = (pairs: [string, string][], side: 0 | 1) => pairs.map((pair) => pair[side]).join(', ');
	const said = () => {
		if (relationship.kind === 'computed') return relationship.routine.name;
		if (relationship.kind !== 'many-to-many')
			return `${relationship.constraint} using ${origin.name}(${list(relationship.columns, 0)}) and ${target.name}(${list(relationship.columns, 1)})`;
		const { junction, constraints, originColumns, targetColumns } = relationship;
		return `${junction.name} using ${constraints[0]}(${list(originColumns, 1)}) and ${constraints[1]}(${list(targetColumns, 1)})`;
	};
	return { cardinality: relationship.kind, embedding: `${origin.name} with ${target.name}`, relationship: said() };
}

function viewHint(origin: Table, target: Table | undefined): string | null {
	if (!origin.isView && !target?.isView) return null;
	return 'A view has the foreign keys whose columns it shows as they are. For others write a function that takes the row and returns the rows.';
}

/** The one relationship that `target!hint` names from `origin`; throws PGRST200 for none and PGRST201 for several. */
export function findRelationship(catalog: Catalog, origin: Table, target: string, hint: string | undefined): Relationship {
	// A function goes before foreign keys of the same name: that is how a project overrides what was detected.
	const computed = computedRelationships(origin, catalog).filter((relationship) => isNamed(relationship, target, hint));
	const matches =
		computed.length > 0 ? computed : relationshipsOf(origin, catalog).filter((relationship) => isNamed(relationship, target, hint));
	const [only] = matches;
	if (only && matches.length === 1) return only;
	if (!only) {
		const using = hint === undefined ? '' : ` using the hint '${hint}'`;
		throw new Problem(400, 'PGRST200', `Could not find a relationship between '${origin.name}' and '${target}' in the schema cache`, {
			details: `Searched for a foreign key relationship between '${origin.name}' and '${target}'${using} in the schema '${origin.schema}', but no matches were found.`,
			hint: viewHint(origin, catalog.table(origin.schema, target))
		});
	}
	const names = matches.map((relationship) => `'${target}!${hintOf(relationship)}'`);
	throw new Problem(300, 'PGRST201', `Could not embed because more than one relationship was found for '${origin.name}' and '${target}'`, {
		details: matches.map(describe),
		hint: `Try changing '${target}' to one of the following: ${names.join(', ')}. Find the desired relationship in the 'details' key.`
	});
}

export { isToMany };
