/** A record as far as saving cares: it counts its versions. */
export type Versioned = { version: number };

/** How one kind of record is written and read, always as the caller and therefore within row-level security. */
export type RecordStore<Row extends Versioned, Values extends object> = {
	/** Writes `changes` if the row's version still is `version`; returns the new row, or null when no row was touched. Throws AppError on any other refusal. */
	write(changes: Partial<Values>, version: number): Promise<Row | null>;
	/** The row as it is now, or null when the caller may not see it or it is gone. */
	read(): Promise<Row | null>;
};

/** What a person saved: the values they saw (`base`, at `version`) and the values they leave. Fields absent from `values` are untouched. */
export type Edit<Values extends object> = { version: number; base: Partial<Values>; values: Partial<Values> };

/**
 * How saving ended. `merged`: others changed other fields meanwhile, and both changes stand. `conflict`: the same fields were changed
 * differently (`fields` names them); nothing was written, and `row` is what stands now.
 */
export type SaveOutcome<Row, Values extends object> =
	| { kind: 'saved'; row: Row; merged: boolean }
	| { kind: 'unchanged'; row: Row }
	| { kind: 'conflict'; row: Row; fields: (keyof Values & string)[] }
	| { kind: 'forbidden' }
	| { kind: 'missing' };

const attempts = 4;

/**
 * Saves an edit without ever overwriting what its author did not see. One PATCH at the version they saw; when that touches nothing, the row is read again:
 * gone or invisible → missing; not newer → forbidden; newer → fields nobody else touched are written at the new version, fields changed by both are a conflict.
 */
export async function saveRecord<Row extends Versioned & Values, Values extends object>(
	store: RecordStore<Row, Values>,
	edit: Edit<Values>
): Promise<SaveOutcome<Row, Values>> {
	const changes = changedFields(edit.base, edit.values);
	const names = namesOf(changes);
	if (names.length === 0) {
		const row = await store.read();
		return row ? { kind: 'unchanged', row } : { kind: 'missing' };
	}

	let version = edit.version;
	for (let attempt = 0; attempt < attempts; attempt++) {
		const written = await store.write(changes, version);
		if (written) return { kind: 'saved', row: written, merged: version !== edit.version };

		const row = await store.read();
		if (!row) return { kind: 'missing' };
		if (row.version === version) return { kind: 'forbidden' };
		const fields = names.filter((name) => !same(row[name], edit.base[name]) && !same(row[name], changes[name]));
		if (fields.length > 0) return { kind: 'conflict', row, fields };
		version = row.version;
	}
	// Somebody writes faster than we can read; show them what stands rather than spin.
	const row = await store.read();
	return row ? { kind: 'conflict', row, fields: names } : { kind: 'missing' };
}

/** The fields of `values` that differ from `base`. */
export function changedFields<Values extends object>(base: Partial<Values>, values: Partial<Values>): Partial<Values> {
	const changes: Partial<Values> = {};
	for (const name of namesOf(values)) if (!same(values[name], base[name])) changes[name] = values[name];
	return changes;
}

/** Equality as the database sees it: null and absent are one, objects by content. */
export function same(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
	return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

function namesOf<Values extends object>(values: Values): (keyof Values & string)[] {
	return Object.keys(values).filter((name): name is keyof Values & string => name in values);
}
