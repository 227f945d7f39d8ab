import { describe, expect, it } from 'vitest';
import { within, beyond, cursorAt, pageOf, readCursor } from './cursor';

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const row = (n: number) => ({ created_at: `2026-01-01T00:00:${String(n).padStart(2, '0')}.123456+00:00`, id: id(n) });

describe('a cursor', () => {
	it('survives the URL', () => {
		expect(readCursor(cursorAt(row(7)))).toEqual({ createdAt: row(7).created_at, id: id(7) });
	});

	it.each(['', null, 'x', `2026-01-01T00:00:00Z_${id(1)},id.gt.0`, `2026-01-01T00:00:00Z"_${id(1)}`, `2026-01-01 00:00:00_${id(1)}`])(
		'is not made of %j',
		(text) => {
			expect(readCursor(text)).toBeNull();
		}
	);

	it('filters on the moment and breaks ties by id', () => {
		const cursor = readCursor(cursorAt(row(7)));
		expect(cursor && beyond(cursor, 'older')).toBe(`created_at.lt."${row(7).created_at}",id.lt.${id(7)}`);
	});
});

describe('a page', () => {
	const at = { createdAt: row(5).created_at, id: id(5) };

	it('at the top leads only to older rows', () => {
		expect(pageOf([row(9), row(8), row(7)], 2, null)).toEqual({ rows: [row(9), row(8)], older: cursorAt(row(8)), newer: null });
	});

	it('of everything leads nowhere', () => {
		expect(pageOf([row(9)], 2, null)).toEqual({ rows: [row(9)], older: null, newer: null });
	});

	it('going newer comes nearest first and is shown newest first', () => {
		expect(pageOf([row(6), row(7), row(8)], 2, { cursor: at, direction: 'newer' })).toEqual({
			rows: [row(7), row(6)],
			older: cursorAt(row(6)),
			newer: cursorAt(row(7))
		});
	});

	it('at the bottom leads only back', () => {
		expect(pageOf([row(4)], 2, { cursor: at, direction: 'older' })).toEqual({ rows: [row(4)], older: null, newer: cursorAt(row(4)) });
	});
});

it('a reach is owners, and what is shared beyond them', () => {
	expect(within({ owners: ['a', 'b'], shared: [] })).toBe('owner_id.in.(a,b)');
	expect(within({ owners: ['a'], shared: ['x', 'y'] })).toBe('owner_id.in.(a),id.in.(x,y)');
});
