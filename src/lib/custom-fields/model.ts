import { z } from 'zod';
import { optionalText, requiredText } from '$lib/records/text';
import type { Findable } from '$lib/records/search';

export const fieldKinds = ['text', 'number', 'date', 'boolean', 'choice'] as const;
export type FieldKind = (typeof fieldKinds)[number];

export const kindLabels: Record<FieldKind, string> = {
	text: 'Text',
	number: 'Number',
	date: 'Date',
	boolean: 'Yes or no',
	choice: 'Choice'
};

/** The kinds of record that take fields, in the order of the settings. */
export const fieldResources = [
	{ resource: 'deals', label: 'Deals' },
	{ resource: 'companies', label: 'Companies' },
	{ resource: 'contacts', label: 'Contacts' }
] as const satisfies readonly { resource: Findable; label: string }[];

/** A field of the workspace's own. `choices` is empty but for the kind choice. */
export type CustomField = {
	id: string;
	key: string;
	label: string;
	kind: FieldKind;
	choices: string[];
	/** Only some roles read it. */
	restricted: boolean;
};

/** What stands in a field: JSON as in `custom`, null for nothing. Integrators may have left a value of another kind. */
export type FieldValue = unknown;

/** A field on one record. */
export type RecordField = CustomField & { value: FieldValue; mayEdit: boolean };

/** Rows of the database as fields; a kind that this version does not know is left out. */
export function toField(row: { id: string; key: string; label: string; kind: string; choices: unknown; restricted: boolean }) {
	const kind = fieldKinds.find((each) => each === row.kind);
	if (!kind) return [];
	const { id, key, label, restricted } = row;
	const choices = z.array(z.string()).catch([]).parse(row.choices);
	return [{ id, key, label, kind, choices, restricted }] satisfies CustomField[];
}

/** A key for a new field: its label in the letters that keys take, and none of those taken. */
export function freeKey(label: string, taken: readonly string[]): string {
	const plain = label
		.normalize('NFKD')
		.toLowerCase()
		.replaceAll(/\p{M}/gu, '')
		.replaceAll(/[^a-z0-9]+/g, '_')
		.replaceAll(/^[_0-9]+|_+$/g, '');
	const stem = plain.slice(0, 40).replace(/_+$/, '') || 'field';
	if (!taken.includes(stem)) return stem;
	let number = 2;
	while (taken.includes(`${stem}_${number}`)) number++;
	return `${stem}_${number}`;
}

const label = requiredText(60, 'Give the field a name.');
const choices = z
	.string()
	.default('')
	.transform((text) => [...new Set(text.split('\n').map((line) => line.replaceAll('\0', '').trim()))].filter(Boolean))
	.pipe(z.array(z.string().max(80, 'A choice has at most 80 characters.')).max(100, 'At most 100 choices.'));
const needsChoices = { message: 'Write at least one choice, one a line.', path: ['choices'] };

/** A new field as its form sends it. */
export const newFieldForm = z
	.object({
		resource: z.enum(['companies', 'contacts', 'deals'], 'Choose what it is a field of.'),
		label,
		kind: z.enum(fieldKinds, 'Choose a kind.'),
		choices,
		restricted: z.literal('on').optional()
	})
	.refine(({ kind, choices }) => kind !== 'choice' || choices.length > 0, needsChoices);

/** A field that is there: key and kind stay. */
export const fieldForm = (kind: FieldKind) =>
	z
		.object({ label, choices, restricted: z.literal('on').optional(), version: z.coerce.number().int() })
		.refine(({ choices }) => kind !== 'choice' || choices.length > 0, needsChoices);

/** What a form's control shows of a value. */
export function textOf(kind: FieldKind, value: FieldValue): string {
	if (value === null || value === undefined) return '';
	if (kind === 'boolean' && typeof value === 'boolean') return value ? 'yes' : 'no';
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Reads what a form's control sends back: the value as it stands in `custom`, null for nothing. */
export function valueForm({ kind, choices }: CustomField): z.ZodType<FieldValue> {
	const none = z.literal('').transform(() => null);
	switch (kind) {
		case 'text':
			return optionalText(2000);
		case 'number':
			return z.union([none, z.coerce.number('Write a number.').min(-1e15, 'At least −10¹⁵.').max(1e15, 'At most 10¹⁵.')]);
		case 'date':
			return z.union([none, z.iso.date('Choose a day.')]);
		case 'boolean':
			return z.union([none, z.enum(['yes', 'no'], 'Choose yes or no.').transform((text) => text === 'yes')]);
		case 'choice':
			return z.union([none, z.enum(choices, 'Choose one of the choices.')]);
	}
}

/** The name of a field's control in forms, and of the problem beside it. */
export const controlName = (key: string) => `more.${key}`;
