import { amountStyles, parseAmount } from './amount';
import { cleanText, isBlankMark } from './clean';
import { parseCurrency } from './currency';
import { dateStyles, parseDate, parsePastInstant } from './date';
import type { Cell, ImportResource, Parsed } from './field';
import { textLimits } from './limits';

const lengthOf = (text: string) => Array.from(text).length;

function boundedText(cell: Cell, most: number): Parsed {
	const text = cleanText(String(cell));
	if (text === '') return { ok: true, value: null };
	const length = lengthOf(text);
	if (length > most) return { ok: false, reason: `is ${length.toLocaleString('en')} characters long; at most ${most} are allowed` };
	return { ok: true, value: text };
}

/** A value that is looked up among existing things; only its text matters here. */
function parseChoice(cell: Cell): Parsed {
	const text = cleanText(String(cell));
	return { ok: true, value: isBlankMark(text) ? null : text };
}

/** Deals, as other systems export them. */
export const dealImport: ImportResource = {
	resource: 'deals',
	fields: [
		{
			key: 'name',
			label: 'Name',
			required: true,
			synonyms: [
				'deal name',
				'deal',
				'opportunity name',
				'opportunity',
				'title',
				'deal title',
				'subject',
				'project',
				'topic',
				'nombre',
				'nom',
				'bezeichnung',
				'titel'
			],
			parse: (cell) => boundedText(cell, textLimits.name)
		},
		{
			key: 'company',
			label: 'Company',
			required: false,
			synonyms: [
				'company name',
				'account',
				'account name',
				'organization',
				'organisation',
				'organization name',
				'customer',
				'client',
				'associated company',
				'firma',
				'unternehmen',
				'kunde',
				'empresa',
				'entreprise',
				'societe'
			],
			parse: (cell) => boundedText(cell, textLimits.company)
		},
		{
			key: 'stage',
			label: 'Stage',
			required: false,
			synonyms: ['deal stage', 'pipeline stage', 'stage name', 'sales stage', 'status', 'phase', 'deal status', 'etapa', 'etape', 'step'],
			choice: { noun: 'stage', plural: 'stages', mayBeEmpty: false },
			parse: parseChoice
		},
		{
			key: 'amount',
			label: 'Amount',
			required: false,
			synonyms: [
				'deal amount',
				'value',
				'deal value',
				'deal size',
				'amount in company currency',
				'total',
				'price',
				'revenue',
				'expected revenue',
				'betrag',
				'wert',
				'summe',
				'importe',
				'montant',
				'valor',
				'acv',
				'arr'
			],
			styles: amountStyles,
			parse: parseAmount
		},
		{
			key: 'currency',
			label: 'Currency',
			required: false,
			synonyms: [
				'currency code',
				'deal currency',
				'amount currency',
				'currency iso code',
				'iso code',
				'wahrung',
				'waehrung',
				'moneda',
				'devise',
				'curr'
			],
			parse: (cell) => parseCurrency(cell)
		},
		{
			key: 'owner',
			label: 'Owner',
			required: false,
			synonyms: [
				'owner e mail',
				'owner email',
				'deal owner',
				'deal owner email',
				'opportunity owner',
				'owner name',
				'assigned to',
				'assignee',
				'sales rep',
				'rep',
				'salesperson',
				'account executive',
				'responsible',
				'user',
				'inhaber',
				'zustandig',
				'propietario',
				'e mail',
				'email'
			],
			choice: { noun: 'owner', plural: 'owners', mayBeEmpty: true },
			parse: parseChoice
		},
		{
			key: 'expected_close',
			label: 'Expected close',
			required: false,
			synonyms: [
				'expected close date',
				'close date',
				'expected closing',
				'expected closing date',
				'closing date',
				'forecast date',
				'target date',
				'due date',
				'close',
				'abschlussdatum',
				'fecha de cierre',
				'date de cloture'
			],
			styles: dateStyles,
			parse: parseDate
		},
		{
			key: 'created_at',
			label: 'Created',
			required: false,
			synonyms: [
				'created date',
				'create date',
				'created at',
				'creation date',
				'date created',
				'created on',
				'created time',
				'deal created',
				'added',
				'added on',
				'erstellt',
				'erstellt am',
				'erstelldatum',
				'fecha de creacion',
				'date de creation'
			],
			styles: dateStyles,
			parse: parsePastInstant
		}
	],
	toRow: (values) => ({
		name: values.name ?? null,
		company: values.company ?? null,
		stage_id: values.stage ?? null,
		amount: values.amount ?? null,
		currency: values.currency ?? null,
		owner_id: values.owner ?? null,
		expected_close: values.expected_close ?? null,
		created_at: values.created_at ?? null
	})
};
