/** One field of a record's form: what it is called and how it is typed. Limits repeat the database's, so that people learn of them before sending. */
export type FieldSpec = {
	name: string;
	label: string;
	kind: 'text' | 'email' | 'tel' | 'textarea' | 'owner' | 'company';
	required?: boolean;
	maxlength?: number;
	placeholder?: string;
	hint?: string;
	/** Takes half the width, beside its neighbour. */
	half?: boolean;
};

/** The label of a field, for messages and the conflict form. */
export function labelOf(fields: readonly FieldSpec[], name: string): string {
	return fields.find((field) => field.name === name)?.label ?? name;
}

/** A record's fields as a form holds them: text, empty for nothing. */
export function formValues(fields: readonly FieldSpec[], row: object): Record<string, string> {
	const values: Record<string, unknown> = { ...row };
	return Object.fromEntries(
		fields.map(({ name }) => {
			const value = values[name];
			return [name, value === null || value === undefined ? '' : String(value)];
		})
	);
}
