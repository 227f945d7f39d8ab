/** One field that two people changed: what each would have it be, as text for the eye and as the value the form sends. */
export type ConflictField = {
	name: string;
	label: string;
	mine: { value: string; text: string };
	theirs: { value: string; text: string };
};

/** A refused save, ready to be shown: the version that stands now and the fields to choose. */
export type Conflict = {
	version: number;
	/** When the other change was made, ISO 8601. */
	changedAt: string;
	fields: ConflictField[];
};

/** How a domain shows its fields: labels, and the text of a value (names for ids, money with its currency). */
export type FieldTexts = { label(name: string): string; text(name: string, value: unknown): string };

/** Builds what the conflict form shows from the row that stands and the values the person sent. */
export function describeConflict<Row extends { version: number; updated_at: string }>(
	row: Row,
	mine: Partial<Record<string, unknown>>,
	fields: string[],
	texts: FieldTexts
): Conflict {
	const theirs: Record<string, unknown> = { ...row };
	return {
		version: row.version,
		changedAt: row.updated_at,
		fields: fields.map((name) => ({
			name,
			label: texts.label(name),
			mine: { value: formValue(mine[name]), text: texts.text(name, mine[name]) },
			theirs: { value: formValue(theirs[name]), text: texts.text(name, theirs[name]) }
		}))
	};
}

/** A value as a form control holds it: absent is the empty string. */
export function formValue(value: unknown): string {
	if (value === null || value === undefined) return '';
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
