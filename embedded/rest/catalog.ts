import { readFileSync } from 'node:fs';
import postgres from 'postgres';

export type Column = { name: string; type: string; default: string | null };
export type Key = { columns: string[]; primary: boolean };
export type Table = { schema: string; name: string; isView: boolean; columns: Column[]; keys: Key[] };

/** A foreign key: pairs of [own column, foreign column]. */
export type Reference = {
	name: string;
	schema: string;
	table: string;
	foreignSchema: string;
	foreignTable: string;
	columns: [string, string][];
};

export type Parameter = { name: string; type: string; required: boolean; variadic: boolean };
export type Routine = {
	schema: string;
	name: string;
	parameters: Parameter[];
	returnsSet: boolean;
	returnsVoid: boolean;
	/** A row (table, composite, OUT columns) rather than one value. */
	returnsRow: boolean;
	/** [schema, name] of the table whose rows it returns. */
	returnsTable: [string, string] | null;
	/** Declared volatile: runs only by POST. */
	mayWrite: boolean;
	statementTimeout: string | null;
};

type CatalogDocument = {
	tables: Table[];
	references: Reference[];
	functions: Routine[];
	roleSettings: Record<string, Record<string, string>>;
};

/** What the API knows of the database at one moment; never changed, only replaced. */
export class Catalog {
	readonly tables: ReadonlyMap<string, Table>;
	readonly references: readonly Reference[];
	readonly roleSettings: Readonly<Record<string, Readonly<Record<string, string>>>>;
	readonly #functions = new Map<string, Routine[]>();

	constructor(document: CatalogDocument) {
		this.tables = new Map(document.tables.map((table) => [`${table.schema}.${table.name}`, table]));
		this.references = document.references;
		this.roleSettings = document.roleSettings;
		for (const routine of document.functions) {
			const name = `${routine.schema}.${routine.name}`;
			this.#functions.set(name, [...(this.#functions.get(name) ?? []), routine]);
		}
	}

	table(schema: string, name: string): Table | undefined {
		return this.tables.get(`${schema}.${name}`);
	}

	/** All functions of this name: PostgreSQL allows several with different parameters. */
	functions(schema: string, name: string): readonly Routine[] {
		return this.#functions.get(`${schema}.${name}`) ?? [];
	}

	functionNames(schema: string): string[] {
		return [...this.#functions.keys()].filter((name) => name.startsWith(`${schema}.`)).map((name) => name.slice(schema.length + 1));
	}
}

const catalogQuery = readFileSync(new URL('./catalog.sql', import.meta.url), 'utf8');

/** The catalog kept in step with the database: read again whenever somebody does `notify pgrst`. */
export type LiveCatalog = { current(): Promise<Catalog>; stop(): Promise<void> };

/** Reads the catalog through an administrative connection, because API roles need not see what they may not use. */
export async function watchCatalog(adminUrl: string, schemas: string[]): Promise<LiveCatalog> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {}, fetch_types: false });
	const load = async (): Promise<Catalog> => {
		const [row] = await sql.unsafe<{ catalog: CatalogDocument }[]>(catalogQuery, [
			`{${schemas.map((name) => JSON.stringify(name)).join(',')}}`
		]);
		if (!row) throw new Error('The catalog query returned nothing.');
		return new Catalog(row.catalog);
	};

	let catalog = load();
	let reloading = false;
	let stale = false;
	const reload = () => {
		// Requests after a change wait for the new catalog instead of being answered from the old one.
		stale = true;
		if (reloading) return;
		reloading = true;
		const before = catalog;
		catalog = (async () => {
			try {
				let fresh = await before;
				while (stale) {
					stale = false;
					fresh = await load();
				}
				return fresh;
			} finally {
				reloading = false;
			}
		})().catch(() => before);
	};
	await catalog;
	let listening = false;
	await sql.listen('pgrst', reload, () => {
		// Called again after a lost connection: notifications may have been missed.
		if (listening) reload();
		listening = true;
	});
	return { current: () => catalog, stop: () => sql.end({ timeout: 5 }) };
}
