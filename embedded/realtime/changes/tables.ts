import { type TransactionSql } from 'postgres';

/** A table of the publication. */
export type TableName = { schema: string; table: string };

export type Column = {
	name: string;
	/** As clients are told it: `int8`, `_text`, the name of a domain. */
	typeName: string;
	/** As a cast is written; of a domain, the type beneath. */
	type: string;
	isKey: boolean;
	/** What a generated column is computed from, as SQL: replication leaves those out. */
	generated: string | null;
};

/** What the catalog says of a table now. */
export type Table = TableName & {
	rls: boolean;
	/** In the order of the table. */
	columns: Column[];
	/** Of each role asked for that exists: the columns it may select. */
	readable: Map<string, Set<string>>;
};

type ColumnRow = Omit<Column, 'isKey'> & { is_key: boolean; rls: boolean; readers: string[] };

/** A name as SQL. */
export function quoted(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, table }: TableName): string {
	return `${quoted(schema)}.${quoted(table)}`;
}

/** The tables of the publication that go by the names; `*` stands for any. */
export async function publishedTables(tx: TransactionSql, { schema, table }: TableName): Promise<TableName[]> {
	return tx<TableName[]>`
		select schemaname as schema, tablename as table
		from pg_catalog.pg_publication_tables
		where pubname = 'supabase_realtime' and ${schema} in (schemaname::text, '*') and ${table} in (tablename::text, '*')`;
}

/** The table as it is now, and what of it the roles may select; null when there is none. Grants count from the moment they are made. */
export async function describeTable(tx: TransactionSql, name: TableName, roles: readonly string[]): Promise<Table | null> {
	const rows = await tx<ColumnRow[]>`
		select
			a.attname as name, t.typname as "typeName",
			format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1) as type,
			coalesce(a.attnum = any (key.conkey), false) as is_key,
			case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as generated,
			c.relrowsecurity as rls,
			array(
				select r.rolname::text from pg_catalog.pg_roles r
				where r.rolname = any (${[...roles]}) and has_column_privilege(r.oid, c.oid, a.attnum, 'select')
			) as readers
		from pg_catalog.pg_class c
		join pg_catalog.pg_namespace n on n.oid = c.relnamespace
		join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		join pg_catalog.pg_type t on t.oid = a.atttypid
		left join pg_catalog.pg_constraint key on key.conrelid = c.oid and key.contype = 'p'
		left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where n.nspname = ${name.schema} and c.relname = ${name.table}
		order by a.attnum`;
	if (!rows[0]) return null;
	const columns = rows.map((row) => ({
		name: row.name,
		typeName: row.typeName,
		type: row.type,
		isKey: row.is_key,
		generated: row.generated
	}));
	const mayRead = (role: string) => new Set(rows.filter((row) => row.readers.includes(role)).map((row) => row.name));
	return { ...name, rls: rows[0].rls, columns, readable: new Map(roles.map((role) => [role, mayRead(role)])) };
}
