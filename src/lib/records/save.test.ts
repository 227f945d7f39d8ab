import { describe, expect, it } from 'vitest';
import { saveRecord, type RecordStore } from './save';

type Values = { name: string; city: string | null };
type Row = Values & { version: number };

/** A row kept in memory that counts versions as the database's trigger does. */
function table(row: Row | null, options: { writable?: boolean; beforeWrite?: () => void } = {}) {
	const state = { row, writes: 0 };
	const store: RecordStore<Row, Values> = {
		async write(changes, version) {
			options.beforeWrite?.();
			if (!state.row || options.writable === false || state.row.version !== version) return null;
			state.writes++;
			state.row = { ...state.row, ...changes, version: version + 1 };
			return state.row;
		},
		read: async () => state.row
	};
	return { state, store };
}

const seen: Values = { name: 'Acme', city: null };

describe('saving what one person changed', () => {
	it('writes only the changed fields', async () => {
		const { state, store } = table({ ...seen, version: 1 });
		const outcome = await saveRecord(store, { version: 1, base: seen, values: { name: 'Acme Ltd', city: null } });
		expect(outcome).toMatchObject({ kind: 'saved', merged: false, row: { name: 'Acme Ltd', version: 2 } });
		expect(state.writes).toBe(1);
	});

	it('writes nothing when nothing changed', async () => {
		const { state, store } = table({ ...seen, version: 1 });
		expect(await saveRecord(store, { version: 1, base: seen, values: seen })).toMatchObject({ kind: 'unchanged' });
		expect(state.writes).toBe(0);
	});

	it('keeps both changes when somebody else changed another field', async () => {
		const { store } = table({ name: 'Acme', city: 'Oslo', version: 4 });
		const outcome = await saveRecord(store, { version: 3, base: seen, values: { name: 'Acme Ltd', city: null } });
		expect(outcome).toMatchObject({ kind: 'saved', merged: true, row: { name: 'Acme Ltd', city: 'Oslo', version: 5 } });
	});

	it('writes nothing and shows both when somebody else changed the same field', async () => {
		const { state, store } = table({ name: 'ACME Inc', city: null, version: 4 });
		const outcome = await saveRecord(store, { version: 3, base: seen, values: { name: 'Acme Ltd', city: 'Oslo' } });
		expect(outcome).toMatchObject({ kind: 'conflict', fields: ['name'], row: { name: 'ACME Inc', version: 4 } });
		expect(state.writes).toBe(0);
	});

	it('is no conflict when both wrote the same', async () => {
		const { store } = table({ name: 'Acme Ltd', city: null, version: 4 });
		expect(await saveRecord(store, { version: 3, base: seen, values: { name: 'Acme Ltd' } })).toMatchObject({ kind: 'saved' });
	});

	it('tells a row it may not change from one that is gone', async () => {
		const locked = table({ ...seen, version: 1 }, { writable: false });
		expect(await saveRecord(locked.store, { version: 1, base: seen, values: { name: 'Mine' } })).toEqual({ kind: 'forbidden' });
		const gone = table(null);
		expect(await saveRecord(gone.store, { version: 1, base: seen, values: { name: 'Mine' } })).toEqual({ kind: 'missing' });
	});

	it('follows a row that changes again between reading and writing', async () => {
		let bumps = 2;
		const row: Row = { ...seen, version: 2 };
		const { state, store } = table(row, {
			beforeWrite: () => {
				if (bumps-- > 0 && state.row) state.row = { ...state.row, city: `city ${bumps}`, version: state.row.version + 1 };
			}
		});
		const outcome = await saveRecord(store, { version: 2, base: seen, values: { name: 'Acme Ltd' } });
		expect(outcome).toMatchObject({ kind: 'saved', merged: true, row: { name: 'Acme Ltd', city: 'city 0' } });
	});
});
