import { describe, expect, it } from 'vitest';
import { DealForm } from './deal-form.svelte';
import { deal } from './test-board';

const plain = (_name: string, value: unknown) => String(value ?? '');

describe('a deal’s form', () => {
	it('sends what was changed, amounts as plain text', () => {
		const form = new DealForm(deal('1', { amount: 12500.5 }));
		expect([form.values.amount, form.dirty]).toEqual(['12500.50', false]);
		form.values.amount = '13,000.25';
		form.values.description = 'New';
		expect(form.read('changed')).toEqual({ amount: '13000.25', description: 'New' });
		expect([form.base.amount, form.version]).toEqual([12500.5, 1]);
	});

	it('refuses an amount nobody can read and a missing name, beside the fields', () => {
		const form = new DealForm(deal('1'));
		form.values.amount = 'about 5k';
		form.values.name = '  ';
		expect(form.read('changed')).toBeNull();
		expect(Object.keys(form.errors).sort()).toEqual(['amount', 'name']);
	});

	it('follows others in the fields its author left alone', () => {
		const form = new DealForm(deal('1'));
		form.values.description = 'mine';
		form.follow(deal('1', { version: 2, name: 'theirs' }));
		expect(form.values).toMatchObject({ name: 'theirs', description: 'mine' });
		expect([form.version, form.changed]).toEqual([2, ['description']]);
	});

	it('names the company that its author chose, whatever others change', () => {
		const form = new DealForm(deal('1', { company_id: 'old', company: { id: 'old', name: 'Old Works' } }));
		form.values.company_id = 'new';
		form.companyName = 'New Works';
		form.follow(deal('1', { version: 2, name: 'theirs', company_id: 'old', company: { id: 'old', name: 'Old Works' } }));
		expect([form.values.company_id, form.companyName]).toEqual(['new', 'New Works']);
		form.restart(deal('1', { version: 3, company_id: 'hidden', contact_id: 'gone' }));
		expect([form.companyName, form.contactName, form.dirty]).toEqual(['A company you cannot see', 'A contact you cannot see', false]);
	});

	it('stays on the version its author saw when the same field changed below them', () => {
		const form = new DealForm(deal('1'));
		form.values.name = 'mine';
		form.follow(deal('1', { version: 2, name: 'theirs' }));
		expect([form.values.name, form.version, form.base.name]).toEqual(['mine', 1, 'Deal 1']);
	});

	it('shows both values of a conflict and sends the choice against what stands', () => {
		const form = new DealForm(deal('1'));
		form.values.name = 'mine';
		form.values.amount = '777';
		const theirs = deal('1', { version: 2, name: 'theirs' });
		expect(form.answered({ kind: 'conflict', deal: theirs, fields: ['name'] }, plain)).toBeNull();
		expect(form.conflict?.fields).toEqual([
			{ name: 'name', label: 'Name', mine: { value: 'mine', text: 'mine' }, theirs: { value: 'theirs', text: 'theirs' } }
		]);
		form.choices = { name: 'theirs' };
		expect(form.read('changed')).toEqual({ amount: '777' });
		expect([form.version, form.base.name]).toEqual([2, 'theirs']);
		form.choices = { name: 'mine' };
		expect(form.read('changed')).toEqual({ name: 'mine', amount: '777' });
	});

	it('keeps what was typed when the server cannot be reached or refuses', () => {
		const form = new DealForm(deal('1'));
		form.values.name = 'typed';
		form.answered({ kind: 'unreachable' }, plain);
		expect([form.values.name, form.problem?.includes('not saved')]).toEqual(['typed', true]);
		form.answered({ kind: 'refused', status: 400, code: 'invalid_value', message: 'Bad.', errors: { currency: 'Unknown.' } }, plain);
		expect([form.values.name, form.errors['currency'], form.problem]).toEqual(['typed', 'Unknown.', null]);
	});

	it('comes back after a reload with the version and base that belong to it', () => {
		const form = new DealForm(deal('1', { version: 5, name: 'theirs by now' }));
		form.restore({ version: '3', base: JSON.stringify({ name: 'seen' }), name: 'half typed', 'company_id:text': 'Atlas' });
		expect([form.version, form.base.name, form.values.name, form.companyName]).toEqual([3, 'seen', 'half typed', 'Atlas']);
	});
});
