const unseen = { company: 'A company you cannot see', contact: 'A contact you cannot see' };

/**
 * What to call the company or contact that a record is linked to: its name, or that it is one the reader cannot see, where the record holds its `id` and the
 * database names nothing behind it. Empty where there is none.
 */
export function linkedName(kind: keyof typeof unseen, id: string | null | undefined, name: string | null | undefined): string {
	return id ? (name ?? unseen[kind]) : '';
}
