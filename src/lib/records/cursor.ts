/** A place in a list sorted newest first: the row it stands at. */
export type Cursor = { createdAt: string; id: string };

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00:00|Z))_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The cursor at a row, as a URL carries it. */
export function cursorAt(row: { created_at: string; id: string }): string {
	return `${row.created_at}_${row.id}`;
}

/** Reads a cursor from a URL; null for anything else, so that nothing but a moment and an id can reach a filter. */
export function readCursor(text: string | null): Cursor | null {
	const [, createdAt, id] = form.exec(text ?? '') ?? [];
	return createdAt && id ? { createdAt, id } : null;
}

/**
 * The filter for rows beyond a cursor, in PostgREST's `or` syntax. Use it with `.lte` / `.gte` on created_at at the same moment: that bound is what the
 * index serves, this only breaks the tie.
 */
export function beyond(cursor: Cursor, direction: 'older' | 'newer'): string {
	const op = direction === 'older' ? 'lt' : 'gt';
	return `created_at.${op}."${cursor.createdAt}",id.${op}.${cursor.id}`;
}

/** One page of a list and the cursors of its neighbours, null at the ends. */
export type Page<Row> = { rows: Row[]; older: string | null; newer: string | null };

/**
 * Makes a page of what was fetched: `fetched` holds one row more than `size` when there are more in the asked direction, nearest to the cursor first.
 */
export function pageOf<Row extends { created_at: string; id: string }>(
	fetched: Row[],
	size: number,
	from: { cursor: Cursor; direction: 'older' | 'newer' } | null
): Page<Row> {
	const more = fetched.length > size;
	const near = fetched.slice(0, size);
	const rows = from?.direction === 'newer' ? near.reverse() : near;
	const [first, last] = [rows[0], rows.at(-1)];
	if (!first || !last) return { rows: [], older: null, newer: null };
	const hasOlder = from?.direction === 'newer' ? true : more;
	const hasNewer = from?.direction === 'newer' ? more : from !== null;
	return { rows, older: hasOlder ? cursorAt(last) : null, newer: hasNewer ? cursorAt(first) : null };
}

/** How far a member's sight reaches: whose records, and which others are shared with them. */
export type Reach = { owners: string[]; shared: string[] };

/** A reach as a filter in PostgREST's `or` syntax. */
export function within({ owners, shared }: Reach): string {
	const ids = shared.length > 0 ? `,id.in.(${shared.join(',')})` : '';
	return `owner_id.in.(${owners.join(',')})${ids}`;
}

/** Which part of the list: after or before a cursor, and only the records within `reach` (null for everybody's). */
export type ListRange = { orgId: string; reach: Reach | null; after: string | null; before: string | null };
