import type { FieldSpec } from '$lib/records/fields';

/** The fields of a company, in the order of its form. */
export const companyFields = [
	{ name: 'name', label: 'Name', kind: 'text', required: true, maxlength: 200 },
	{ name: 'domain', label: 'Website', kind: 'text', maxlength: 253, placeholder: 'company.com', half: true },
	{ name: 'industry', label: 'Industry', kind: 'text', maxlength: 100, half: true },
	{ name: 'phone', label: 'Phone', kind: 'tel', maxlength: 50, half: true },
	{ name: 'owner_id', label: 'Owner', kind: 'owner', half: true },
	{ name: 'city', label: 'City', kind: 'text', maxlength: 100, half: true },
	{ name: 'country', label: 'Country', kind: 'text', maxlength: 100, half: true },
	{ name: 'description', label: 'Description', kind: 'textarea', maxlength: 10_000 }
] as const satisfies readonly FieldSpec[];
