import { describe, expect, it } from 'vitest';
import { fieldForm, freeKey, newFieldForm, textOf, toField, valueForm, type CustomField, type FieldKind } from './model';

const field = (kind: FieldKind, choices: string[] = []): CustomField => ({
	id: 'f',
	key: 'k',
	label: 'L',
	kind,
	choices,
	restricted: false
});

describe('a key', () => {
	it.each([
		['Margin', [], 'margin'],
		['Größe in m²', [], 'gro_e_in_m2'],
		['2nd owner', [], 'nd_owner'],
		['予算', [], 'field'],
		['Margin', ['margin', 'margin_2'], 'margin_3'],
		['x'.repeat(60), [], 'x'.repeat(40)]
	])('of %s where %j are taken is %s', (label, taken, key) => {
		expect(freeKey(label, taken)).toBe(key);
		expect(key).toMatch(/^[a-z][a-z0-9_]{0,47}$/);
	});
});

describe('a value', () => {
	it.each([
		['text', ' two\r\nlines ', 'two\nlines'],
		['number', '-1.50', -1.5],
		['date', '2026-02-28', '2026-02-28'],
		['boolean', 'no', false],
		['choice', 'Gold', 'Gold']
	] as const)('of kind %s is read as %j and shown again', (kind, text, value) => {
		const form = valueForm(field(kind, ['Gold', 'Silver']));
		expect(form.parse(text)).toBe(value);
		expect(form.parse(textOf(kind, value))).toBe(value);
		expect(form.parse('')).toBeNull();
		expect(textOf(kind, null)).toBe('');
	});

	it.each([
		['text', 'x'.repeat(2001)],
		['number', 'many'],
		['number', '1e16'],
		['date', '2026-02-30'],
		['boolean', 'maybe'],
		['choice', 'Bronze']
	] as const)('of kind %s is not %s', (kind, text) => {
		expect(valueForm(field(kind, ['Gold'])).safeParse(text).success).toBe(false);
	});

	it('of another kind, as integrators may leave it, is shown as it is', () => {
		expect(textOf('number', 'big')).toBe('big');
		expect(textOf('boolean', 1)).toBe('1');
		expect(textOf('text', { a: [1] })).toBe('{"a":[1]}');
	});
});

it('choices are lines, each once, and only those of a field that has them must be there', () => {
	const typed = { resource: 'deals', label: 'Tier', kind: 'choice', choices: ' Gold\r\n\nSilver\nGold' };
	expect(newFieldForm.parse(typed).choices).toEqual(['Gold', 'Silver']);
	expect(newFieldForm.safeParse({ ...typed, choices: ' \n' }).success).toBe(false);
	expect(newFieldForm.safeParse({ ...typed, choices: ' \n', kind: 'text' }).success).toBe(true);
	expect(fieldForm('choice').safeParse({ label: 'Tier', version: '3' }).success).toBe(false);
	expect(fieldForm('text').safeParse({ label: 'Tier', version: '3' }).success).toBe(true);
	expect(fieldForm('text').safeParse({ label: 'Tier' }).success).toBe(false);
});

it('a row of a kind that is not known yet is no field', () => {
	const row = { id: 'f', key: 'k', label: 'L', kind: 'text', choices: null, restricted: true };
	expect(toField(row)).toEqual([{ ...row, choices: [] }]);
	expect(toField({ ...row, kind: 'hologram' })).toEqual([]);
});
