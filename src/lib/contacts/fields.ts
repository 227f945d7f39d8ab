import type { FieldSpec } from '$lib/records/fields';

/** The fields of a contact, in the order of its form. */
export const contactFields = [
	{ name: 'first_name', label: 'First name', kind: 'text', maxlength: 100, half: true },
	{ name: 'last_name', label: 'Last name', kind: 'text', maxlength: 100, half: true },
	{ name: 'email', label: 'E-mail', kind: 'email', maxlength: 320 },
	{ name: 'phone', label: 'Phone', kind: 'tel', maxlength: 50, half: true },
	{ name: 'title', label: 'Job title', kind: 'text', maxlength: 120, half: true },
	{ name: 'company_id', label: 'Company', kind: 'company' },
	{ name: 'owner_id', label: 'Owner', kind: 'owner' },
	{ name: 'description', label: 'Description', kind: 'textarea', maxlength: 10_000 }
] as const satisfies readonly FieldSpec[];

/** How a contact is called: the name, or the address of somebody without one. */
export function contactName({ first_name, last_name, email }: { first_name: string; last_name: string; email: string | null }): string {
	return `${first_name} ${last_name}`.trim() || email || 'Unnamed contact';
}
