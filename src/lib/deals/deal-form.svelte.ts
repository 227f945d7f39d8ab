import type { Conflict } from '$lib/records/conflict';
import { describeConflict } from '$lib/records/conflict';
import { linkedName } from '$lib/records/linked-name';
import type { Saved } from './api';
import { readAmount, writeAmount } from './amount-text';
import { dealLabels, fullName, type DealDetail, type DealValues } from './model';

type Field = keyof DealValues;

/** The form's fields as its controls hold them: texts, empty for none. */
export type DealTexts = Record<Field, string>;

const fields: Field[] = [
	'name',
	'amount',
	'currency',
	'stage_id',
	'company_id',
	'contact_id',
	'owner_id',
	'expected_close',
	'closed_on',
	'close_reason',
	'description'
];

/** A deal's values as the form shows them. */
export function dealTexts(deal: Partial<DealValues>): DealTexts {
	const text = (field: Field) => (field === 'amount' ? writeAmount(deal.amount ?? null) : String(deal[field] ?? ''));
	return {
		name: text('name'),
		amount: text('amount'),
		currency: text('currency'),
		stage_id: text('stage_id'),
		company_id: text('company_id'),
		contact_id: text('contact_id'),
		owner_id: text('owner_id'),
		expected_close: text('expected_close'),
		closed_on: text('closed_on'),
		close_reason: text('close_reason'),
		description: text('description')
	};
}

/** Of a deal, what a person may set: the base of their edit. */
function seenOf(deal: Partial<DealValues>): Partial<DealValues> {
	return Object.fromEntries(fields.flatMap((field) => (deal[field] === undefined ? [] : [[field, deal[field]]])));
}

/** A deal being written: what its author saw, what they typed, and what became of saving it. */
export class DealForm {
	values = $state<DealTexts>(dealTexts({}));
	errors = $state.raw<Partial<Record<string, string>>>({});
	/** A sentence about the whole form. */
	problem = $state<string | null>(null);
	conflict = $state.raw<Conflict | null>(null);
	choices = $state<Record<string, string>>({});
	saving = $state(false);
	/** The names behind linked ids, as the pickers show them. */
	companyName = $state('');
	contactName = $state('');
	#base = $state.raw<Partial<DealValues>>({});
	#version = $state(0);

	/** `start` is the deal that is edited, or what a new one begins with. */
	constructor(start: DealDetail | Partial<DealValues>) {
		this.#base = seenOf(start);
		this.values = dealTexts(start);
		if ('version' in start) this.#take(start);
	}

	/** The version the author's values stand on; 0 for a new deal. */
	get version(): number {
		return this.#version;
	}

	get base(): Partial<DealValues> {
		return this.#base;
	}

	/** Did the author change anything? Reactive. */
	get dirty(): boolean {
		return this.changed.length > 0;
	}

	get changed(): Field[] {
		const base = dealTexts(this.#base);
		return fields.filter((field) => this.values[field].trim() !== base[field].trim());
	}

	/**
	 * Takes a newer row while the form is open. Fields the author left alone follow it; a field they changed stays theirs, and if it changed
	 * below them the form stays on the version they saw, so that saving finds the conflict.
	 */
	follow(row: DealDetail): void {
		if (row.version <= this.#version || this.conflict) return;
		const mine = this.changed;
		const [old, now] = [dealTexts(this.#base), dealTexts(row)];
		const clashing = mine.filter((field) => old[field] !== now[field] && now[field] !== this.values[field]);
		if (clashing.length > 0) return;
		const kept = Object.fromEntries(mine.map((field) => [field, this.values[field]]));
		this.#take(row, mine);
		this.values = { ...dealTexts(row), ...kept };
	}

	/** Throws away what was typed and begins again with the row as it stands. */
	restart(row: DealDetail): void {
		this.errors = {};
		this.problem = this.conflict = null;
		this.#take(row);
		this.values = dealTexts(row);
	}

	/** Restores what was typed before a reload; `seen` is the version and base that belong to it. */
	restore(texts: Record<string, string>): void {
		const base: unknown = texts['base'] ? JSON.parse(texts['base']) : null;
		if (base && typeof base === 'object') this.#base = base;
		this.#version = Number(texts['version'] ?? 0) || this.#version;
		for (const field of fields) this.values[field] = texts[field] ?? this.values[field];
		this.companyName = texts['company_id:text'] ?? this.companyName;
		this.contactName = texts['contact_id:text'] ?? this.contactName;
	}

	/** The values to send, or null when one cannot be read (its error is set). `all`: also the unchanged ones that are not empty. */
	read(which: 'changed' | 'all'): Partial<Record<Field, unknown>> | null {
		this.errors = {};
		this.problem = null;
		if (this.conflict) for (const { name, mine } of this.conflict.fields) this.#choose(name, this.choices[name] ?? mine.value);
		const amount = readAmount(this.values.amount);
		if (amount === undefined) this.errors = { ...this.errors, amount: 'Write an amount such as 12500 or 12,500.50.' };
		if (this.values.name.trim() === '') this.errors = { ...this.errors, name: 'Give the deal a name.' };
		if (Object.keys(this.errors).length > 0) return null;
		const wanted = which === 'changed' ? this.changed : fields.filter((field) => this.values[field].trim() !== '');
		return Object.fromEntries(wanted.map((field) => [field, field === 'amount' ? amount : this.values[field]]));
	}

	/** Takes the server's answer; the saved deal, if it was saved. */
	answered(saved: Saved, texts: (name: string, value: unknown) => string): DealDetail | null {
		switch (saved.kind) {
			case 'saved':
				this.conflict = null;
				this.#take(saved.deal);
				this.values = dealTexts(saved.deal);
				return saved.deal;
			case 'conflict':
				this.conflict = describeConflict(saved.deal, { ...this.values }, saved.fields, { label: labelOf, text: texts });
				this.choices = {};
				this.#rebase(saved.deal);
				return null;
			case 'refused':
				this.errors = saved.errors;
				this.problem = Object.keys(saved.errors).some((name) => name in this.values) ? null : saved.message;
				return null;
			case 'unreachable':
				this.problem =
					'The server could not be reached, so this was not saved. What you typed is kept; try again when the connection is back.';
				return null;
		}
	}

	/** Stands on a row from here on; the names of links that its author has chosen stay (`chosen`). */
	#take(deal: DealDetail, chosen: Field[] = []): void {
		this.#base = seenOf(deal);
		this.#version = deal.version;
		if (!chosen.includes('company_id')) this.companyName = linkedName('company', deal.company_id, deal.company?.name);
		if (!chosen.includes('contact_id')) this.contactName = linkedName('contact', deal.contact_id, deal.contact && fullName(deal.contact));
	}

	/** After a conflict the author chooses between their values and what stands now: that is what they have seen from here on. */
	#rebase(row: DealDetail): void {
		const mine = this.changed;
		const kept = Object.fromEntries(mine.map((field) => [field, this.values[field]]));
		this.#base = seenOf(row);
		this.#version = row.version;
		this.values = { ...dealTexts(row), ...kept };
	}

	#choose(name: string, value: string): void {
		const field = fields.find((each) => each === name);
		if (field) this.values[field] = value;
	}
}

function labelOf(name: string): string {
	return Object.entries(dealLabels).find(([field]) => field === name)?.[1] ?? name;
}
