import { describe, expect, it } from 'vitest';
import { Rows } from './rows';
import { SortedGroups } from './sorted-groups';

type Item = { id: string; version: number; name: string; place: string; size: number };
const item = (id: string, version: number, more: Partial<Item> = {}): Item => ({ id, version, name: id, place: 'left', size: 0, ...more });
const filled = (...items: Item[]) => {
	const rows = new Rows<Item>();
	rows.merge(items);
	return rows;
};

describe('a row store', () => {
	it('drops what is older or told twice', () => {
		const rows = filled(item('a', 3, { name: 'third' }));
		rows.merge([item('a', 2, { name: 'second' }), item('a', 3, { name: 'third again' })]);
		expect(rows.get('a')?.name).toBe('third');
		rows.merge([item('a', 4, { name: 'fourth' })]);
		expect(rows.get('a')?.name).toBe('fourth');
	});

	it('takes a row of the same version when its embedded names were asked for again', () => {
		const rows = filled(item('a', 3, { name: 'old company' }));
		rows.merge([item('a', 3, { name: 'new company' })], { refresh: true });
		expect(rows.get('a')?.name).toBe('new company');
	});

	it('does not bring a deleted row back from an answer that was on its way', () => {
		const rows = filled(item('a', 1));
		const asked = rows.mark();
		rows.remove('a');
		rows.merge([item('a', 1)], { since: asked });
		expect(rows.get('a')).toBeUndefined();
	});

	it('brings back a row that was restored, and one that was asked for after it went', () => {
		const rows = filled(item('a', 1), item('b', 1));
		const asked = rows.mark();
		rows.remove('a', 2);
		rows.remove('b', 1);
		rows.merge([item('a', 3)], { since: asked });
		rows.merge([item('b', 1)], { since: rows.mark() });
		expect([rows.get('a')?.version, rows.get('b')?.version]).toEqual([3, 1]);
	});

	it('ignores a removal that is older than the row it knows', () => {
		const rows = filled(item('a', 5));
		rows.remove('a', 4);
		expect(rows.get('a')?.version).toBe(5);
	});

	it('rolls a refused edit back without losing what somebody else changed', () => {
		const rows = filled(item('a', 1, { place: 'left', name: 'before' }));
		const edit = rows.edit('a', { place: 'right' });
		rows.merge([item('a', 2, { place: 'left', name: 'by Ada' })]);
		expect(rows.get('a')).toMatchObject({ place: 'right', name: 'by Ada' });
		edit.refuse();
		expect(rows.get('a')).toMatchObject({ place: 'left', name: 'by Ada', version: 2 });
	});

	it('keeps one edit when another of the same row is refused', () => {
		const rows = filled(item('a', 1));
		const first = rows.edit('a', { place: 'right' });
		rows.edit('a', { name: 'mine' });
		first.refuse();
		expect(rows.get('a')).toMatchObject({ place: 'left', name: 'mine' });
	});

	it('shows what the server answered once an edit is confirmed', () => {
		const rows = filled(item('a', 1));
		const edit = rows.edit('a', { place: 'right' });
		edit.confirm(item('a', 2, { place: 'right', size: 7 }));
		expect(rows.get('a')).toEqual(item('a', 2, { place: 'right', size: 7 }));
		expect(rows.pending()).toBe(false);
	});

	it('hides a row whose deletion is on its way and shows it again when that is refused', () => {
		const rows = filled(item('a', 1));
		const edit = rows.edit('a', null);
		expect(rows.get('a')).toBeUndefined();
		edit.refuse();
		expect(rows.get('a')).toBeDefined();
	});

	it('replaced as a whole, keeps newer rows, unanswered edits and farewells', () => {
		const rows = filled(item('a', 1), item('b', 1), item('c', 1), item('d', 1));
		const asked = rows.mark();
		rows.merge([item('a', 9)]);
		rows.edit('b', { name: 'mine' });
		rows.remove('c');
		rows.replace([item('a', 8), item('c', 1)], asked);
		expect([...rows.values()].map((row) => [row.id, row.version, row.name]).sort()).toEqual([
			['a', 9, 'a'],
			['b', 1, 'mine']
		]);
	});
});

describe('a row store that shows something else', () => {
	it('keeps a row that was made while the window was on its way', () => {
		const rows = filled(item('a', 1));
		const asked = rows.mark();
		rows.merge([item('mine', 1)]);
		rows.replace([item('a', 1)], asked);
		expect(rows.get('mine')).toBeDefined();
	});

	it('forgets rows and farewells once cleared', () => {
		const rows = filled(item('a', 1), item('b', 1));
		rows.remove('b', 1);
		rows.clear();
		expect(rows.size).toBe(0);
		rows.merge([item('b', 1)], { since: 0 });
		expect(rows.get('b')).toBeDefined();
	});
});

describe('sorted groups', () => {
	const sorted = (rows: Rows<Item>) =>
		new SortedGroups(rows, { group: (row) => row.place, compare: (a, b) => a.size - b.size || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) });

	it('follow rows as they come, move, change places by an edit and go', () => {
		const rows = filled(item('a', 1, { size: 2 }), item('b', 1, { size: 1 }));
		const groups = sorted(rows);
		expect(groups.ids('left')).toEqual(['b', 'a']);
		rows.merge([item('c', 1, { size: 1.5 }), item('b', 2, { size: 3 })]);
		expect(groups.ids('left')).toEqual(['c', 'a', 'b']);
		const edit = rows.edit('a', { place: 'right' });
		expect([groups.ids('left'), groups.ids('right')]).toEqual([['c', 'b'], ['a']]);
		edit.refuse();
		rows.remove('c');
		expect([groups.ids('left'), groups.ids('right')]).toEqual([['a', 'b'], []]);
	});

	it('do not touch the order when a change leaves the place as it was', () => {
		const rows = filled(item('a', 1, { size: 2 }), item('b', 1, { size: 1 }));
		const groups = sorted(rows);
		const before = groups.ids('left');
		rows.merge([item('a', 2, { size: 2, name: 'renamed' })]);
		expect(groups.ids('left')).toBe(before);
	});

	it('equal the sorted whole after a thousand random changes', () => {
		const rows = new Rows<Item>();
		const groups = sorted(rows);
		let seed = 42;
		const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
		for (let step = 1; step <= 1000; step++) {
			const id = `r${random(60)}`;
			if (random(5) === 0) rows.remove(id, step);
			else rows.merge([item(id, step, { size: random(20), place: random(2) ? 'left' : 'right' })]);
		}
		for (const place of ['left', 'right']) {
			const expected = [...rows.values()].filter((row) => row.place === place).sort((a, b) => a.size - b.size || (a.id < b.id ? -1 : 1));
			expect(groups.ids(place)).toEqual(expected.map((row) => row.id));
		}
	});
});
