import type { TransactionSql } from 'postgres';
import type { Answer } from './context.ts';
import { StorageError } from './errors.ts';
import { readFields } from './fields.ts';
import { validBucket } from './limits.ts';

/** An entry of a listing: a file, or a folder, which has no id. */
type Entry = {
	name: string;
	id: string | null;
	updated_at: Date | null;
	created_at: Date | null;
	last_accessed_at: Date | null;
	metadata: object | null;
};

const orders = ['asc', 'desc'] as const;

/** Text that stands for itself in a LIKE pattern. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** One page of a folder, by offset. */
export const listObjects: Answer = async ({ database }, call, { bucket }) => {
	validBucket(bucket);
	const fields = await readFields(call.request);
	const given = fields.requiredText('prefix');
	const folder = given === '' || given.endsWith('/') ? given : `${given}/`;
	const limit = fields.integer('limit', { min: 1 }) ?? 100;
	const offset = fields.integer('offset', { min: 0 }) ?? 0;
	const search = fields.text('search') ?? '';
	const sortBy = fields.fields('sortBy');
	sortBy?.require('column');
	const column = sortBy?.word('column', ['name', 'updated_at', 'created_at', 'last_accessed_at']) ?? 'name';
	const order = sortBy?.word('order', orders) ?? 'asc';
	const written = (text: string) => (column === 'name' ? text : literally(text));
	return database.asCaller(
		call,
		(sql) => sql<Entry[]>`
			select name, id, updated_at, created_at, last_accessed_at, metadata
			from storage.search(${written(folder)}, ${bucket}, ${limit}, ${(folder + search).split('/').length}, ${offset},
				${written(search)}, ${column}, ${order})`
	);
};

/** Where a page ended, and in which order it was. */
type Cursor = {
	after: string;
	order: string | undefined;
	column: string | undefined;
	/** The time of the last entry, in a listing by time. */
	time: string | undefined;
};

const cursorKeys = { after: 'l', order: 'o', column: 'c', time: 'a' } as const;

/** The hosted service's form of a cursor, so that nobody mistakes it for a name. */
function encodeCursor(cursor: Cursor): string {
	const lines = ([...Object.keys(cursorKeys)] as (keyof Cursor)[]).flatMap((part) =>
		cursor[part] ? [`${cursorKeys[part]}:${cursor[part]}`] : []
	);
	return Buffer.from(lines.join('\n')).toString('base64');
}

function decodeCursor(text: string): Cursor {
	const parts = new Map<string, string>();
	for (const line of Buffer.from(text, 'base64').toString().split('\n')) {
		const [, key = '', value = ''] = /^([loca]):(.*)$/.exec(line) ?? [];
		if (key === '') throw new StorageError(400, 'InvalidParameter', 'Invalid Parameter continuation token');
		parts.set(key, value);
	}
	return { after: parts.get('l') ?? '', order: parts.get('o') ?? 'asc', column: parts.get('c'), time: parts.get('a') };
}

type Page = { bucket: string; prefix: string; limit: number; cursor: Cursor };

/** Every file below a prefix, however deep. */
function flatPage(sql: TransactionSql, { bucket, prefix, limit, cursor }: Page) {
	const direction = cursor.order === 'desc' ? sql`desc` : sql`asc`;
	const beyond = cursor.order === 'desc' ? sql`<` : sql`>`;
	const time = cursor.column === 'updated_at' || cursor.column === 'created_at' ? sql(cursor.column) : undefined;
	const isLater =
		cursor.after === ''
			? sql`true`
			: time && cursor.time
				? sql`(date_trunc('milliseconds', ${time}), name collate "C") ${beyond} (${cursor.time}::timestamptz, ${cursor.after})`
				: sql`name collate "C" ${beyond} ${cursor.after}`;
	return sql<Entry[]>`
		select id, name, metadata, updated_at, created_at, last_accessed_at from storage.objects
		where bucket_id = ${bucket} and starts_with(name, ${prefix}) and ${isLater}
		order by ${time ? sql`date_trunc('milliseconds', ${time}) ${direction},` : sql``} name collate "C" ${direction} limit ${limit}`;
}

/** The files and folders directly below a prefix. */
function folderPage(sql: TransactionSql, { bucket, prefix, limit, cursor }: Page) {
	return sql<Entry[]>`
		select * from storage.search_v2(${prefix}, ${bucket}, ${limit}, ${prefix.split('/').length}, ${cursor.after},
			${cursor.order ?? 'asc'}, ${cursor.column ?? 'name'}, ${cursor.time ?? ''})`;
}

/** One page of a prefix, by cursor. */
export const listPage: Answer = async ({ database }, call, { bucket }) => {
	validBucket(bucket);
	const fields = await readFields(call.request);
	const sortBy = fields.fields('sortBy');
	sortBy?.require('column');
	const order = sortBy?.word('order', orders);
	const column = sortBy?.word('column', ['name', 'updated_at', 'created_at']);
	const limit = Math.min(fields.integer('limit', { min: 1 }) ?? 1000, 1000);
	const text = fields.text('cursor');
	const cursor = text ? decodeCursor(text) : { after: '', order, column, time: undefined };
	const page = { bucket, prefix: fields.text('prefix') ?? '', limit: limit + 1, cursor };
	const isFolderPage = fields.flag('with_delimiter') ?? false;
	const found = await database.asCaller(call, async (sql) => [...(await (isFolderPage ? folderPage(sql, page) : flatPage(sql, page)))]);

	const entries = found.slice(0, limit);
	const last = found.length > limit ? entries.at(-1) : undefined;
	const time = cursor.column === 'updated_at' || cursor.column === 'created_at' ? last?.[cursor.column]?.toISOString() : undefined;
	return {
		hasNext: last !== undefined,
		...(last ? { nextCursor: encodeCursor({ ...cursor, after: last.name, time }), nextCursorKey: last.name } : {}),
		folders: entries.filter(({ id }) => id === null).map((folder) => ({ ...folder, name: `${folder.name}/` })),
		objects: entries.filter(({ id }) => id !== null)
	};
};
