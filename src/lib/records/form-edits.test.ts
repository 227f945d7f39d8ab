import { beforeEach, describe, expect, it } from 'vitest';
import { FormEdits } from './form-edits.svelte';

let record: { values: Record<string, string>; version: string };
let edits: FormEdits;

beforeEach(() => {
	record = { values: { name: 'Acme', city: 'Oslo' }, version: '3' };
	edits = new FormEdits(() => record);
});

describe('a form on a record that others change', () => {
	it('shows the record and sends what was seen', () => {
		expect(edits.values).toEqual(record.values);
		expect(edits.seen).toEqual({ version: '3', base: JSON.stringify(record.values) });
		expect(edits.touched).toBe(false);
	});

	it('follows others in fields that were not touched, and keeps what was typed', () => {
		edits.type('name', 'Acme Ltd');
		record = { values: { name: 'Acme', city: 'Bergen' }, version: '4' };
		expect(edits.values).toEqual({ name: 'Acme Ltd', city: 'Bergen' });
	});

	it('states the version and the value that its author saw, or an overwritten change would go unnoticed', () => {
		edits.type('name', 'Acme Ltd');
		record = { values: { name: 'ACME Inc', city: 'Bergen' }, version: '4' };
		edits.type('name', 'Acme Limited');
		expect(edits.seen.version).toBe('3');
		expect(JSON.parse(edits.seen.base)).toEqual({ name: 'Acme', city: 'Bergen' });
	});

	it('is untouched again when the old value is typed back or everything is discarded', () => {
		edits.type('name', 'x');
		expect(edits.touched).toBe(true);
		edits.type('name', 'Acme');
		expect(edits.touched).toBe(false);
		edits.type('name', 'x');
		edits.discard();
		expect(edits.values).toEqual(record.values);
		expect(edits.seen.version).toBe('3');
	});

	it('keeps what was typed while the rest was being saved, begun from what was sent', () => {
		edits.type('name', 'Acme Ltd');
		edits.type('city', 'Bergen');
		const sent = { ...edits.values };
		edits.type('city', 'Bergen, Norway');
		// Saved as version 4, and changed by somebody else since.
		record = { values: { name: 'ACME', city: 'Bergen' }, version: '5' };
		edits.saved(sent, '4');
		expect(edits.values).toEqual({ name: 'ACME', city: 'Bergen, Norway' });
		expect(edits.seen.version).toBe('4');
		expect(JSON.parse(edits.seen.base)).toEqual({ name: 'ACME', city: 'Bergen' });
		edits.saved(edits.values, '6');
		expect(edits.touched).toBe(false);
		expect(edits.seen.version).toBe('5');
	});

	it('takes a refused form back with what its author saw', () => {
		record = { values: { name: 'ACME Inc', city: 'Bergen' }, version: '9' };
		edits.restore({ values: { name: 'Acme Ltd', city: 'Oslo' }, base: { name: 'Acme', city: 'Oslo' }, version: '3' });
		expect(edits.values).toEqual({ name: 'Acme Ltd', city: 'Bergen' });
		expect(edits.seen.version).toBe('3');
		expect(edits.touched).toBe(true);
	});
});
