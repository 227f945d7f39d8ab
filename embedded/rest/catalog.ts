import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { readSettings } from './api-settings.ts';
import type { ApiSettings } from './api-settings.ts';
import { arrayText } from './sql.ts';
import { referencesOfViews } from './views.ts';

export type Column = { name: string; type: string; default: string | null; number: number };
export type Key = { columns: string[]; primary: boolean };
export type Table = {
	schema: string;
	name: string;
	isView: boolean;
	columns: Column[];
	keys: Key[];
	oid: string;
	/** How PostgreSQL keeps the query of a view. */
	rule: string | null;
};

/** A foreign key: pairs of [own column, foreign column]. */
export type Reference = {
	name: string;
	schema: string;
	table: string;
	foreignSchema: string;
	foreignTable: string;
	columns: [string, string][];
	/** At most one row of the table refers to one of the foreign table. */
	unique: boolean;
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
	/** At most one row, by its declaration: no set, or `rows 1`. */
	returnsOne: boolean;
	/** [schema, name] of the table whose row is its only parameter: it is a column or, with `returnsTable`, a relationship of that table. */
	rowOf: [string, string] | null;
	/** Declared volatile: runs only by POST. */
	mayWrite: boolean;
	statementTimeout: string | null;
};

type CatalogDocument = {
	schemas: string[];
	tables: Table[];
	references: Omit<Reference, 'unique'>[];
	functions: Routine[];
	roleSettings: Record<string, Record<string, string>>;
};

/** What the API knows of the database at one moment; never changed, only replaced. */
export class Catalog {
	readonly settings: ApiSettings;
	readonly tables: ReadonlyMap<string, Table>;
	readonly references: readonly Reference[];
	readonly roleSettings: Readonly<Record<string, Readonly<Record<string, string>>>>;
	readonly #functions = new Map<string, Routine[]>();
	readonly #byRow = new Map<string, Routine[]>();

	constructor(document: CatalogDocument, defaults: ApiSettings) {
		this.settings = readSettings(document.roleSettings.authenticator ?? {}, { ...defaults, schemas: document.schemas });
		this.tables = new Map(document.tables.map((table) => [`${table.schema}.${table.name}`, table]));
		const references = document.references.map((reference) => ({ ...reference, unique: this.#isUnique(reference) }));
		this.references = [...references, ...referencesOfViews(document.tables, references)];
		this.roleSettings = document.roleSettings;
		for (const routine of document.functions) {
			const name = `${routine.schema}.${routine.name}`;
			this.#functions.set(name, [...(this.#functions.get(name) ?? []), routine]);
			const row = routine.rowOf?.join('.');
			if (row !== undefined) this.#byRow.set(row, [...(this.#byRow.get(row) ?? []), routine]);
		}
	}

	#isUnique({ schema, table, columns }: Omit<Reference, 'unique'>): boolean {
		const own = columns.map(([column]) => column);
		const keys = this.table(schema, table)?.keys ?? [];
		return keys.some((key) => key.columns.length === own.length && key.columns.every((name) => own.includes(name)));
	}

	table(schema: string, name: string): Table | undefined {
		return this.tables.get(`${schema}.${name}`);
	}

	/** All functions of this name: PostgreSQL allows several with different parameters. */
	functions(schema: string, name: string): readonly Routine[] {
		return this.#functions.get(`${schema}.${name}`) ?? [];
	}

	/** Functions whose only parameter is a row of the table. */
	functionsOfRow({ schema, name }: Table): readonly Routine[] {
		return this.#byRow.get(`${schema}.${name}`) ?? [];
	}
}

const catalogQuery = readFileSync(new URL('./catalog.sql', import.meta.url), 'utf8');

/** The catalog kept in step with the database: read again whenever somebody does `notify pgrst`. */
export type LiveCatalog = { current(): Promise<Catalog>; stop(): Promise<void> };

/** Reads the catalog through an administrative connection, because API roles need not see what they may not use. */
export async function watchCatalog(adminUrl: string, defaults: ApiSettings): Promise<LiveCatalog> {
	// With no schema in the path, types and defaults are written with their schemas: a request's own path may not have them.
	const connection = { search_path: 'pg_catalog', application_name: 'rest catalog' };
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {}, fetch_types: false, connection });
	const load = async (): Promise<Catalog> => {
		const [row] = await sql.unsafe<{ catalog: CatalogDocument }[]>(catalogQuery, [arrayText(defaults.schemas)]);
		if (!row) throw new Error('The catalog query returned nothing.');
		return new Catalog(row.catalog, defaults);
	};

	let latest = await load();
	let running: Promise<Catalog> | undefined;
	let queued: Promise<Catalog> | undefined;
	const run = async (): Promise<Catalog> => {
		try {
			latest = await load();
		} catch {
			// The database is away: what was known serves on, and is read again when the connection is back.
		}
		running = queued;
		queued = undefined;
		return latest;
	};
	// Requests after a change wait for a reading that began after it, and for no later one: else a row of changes would hold them up.
	const reload = () => {
		if (running) queued ??= running.then(run);
		else running = run();
	};
	let listening = false;
	await sql.listen('pgrst', reload, () => {
		// Called again after a lost connection: notifications may have been missed.
		if (listening) reload();
		listening = true;
	});
	return { current: () => queued ?? running ?? Promise.resolve(latest), stop: () => sql.end({ timeout: 5 }) };
}
