import { z } from 'zod';
import { optionalId, optionalPattern, optionalText, requiredText } from '$lib/records/text';

/** "https://www.Acme.com/about?x" → "acme.com": people paste addresses where a domain is asked for. */
export function domainOf(text: string): string {
	return text
		.trim()
		.toLowerCase()
		.replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
		.replace(/^www\./, '')
		.replace(/[/?#].*$/s, '');
}

/** What people type into a company's form, checked and tidied; limits are those of the table's constraints. */
export const companyForm = z.object({
	name: requiredText(200, 'Give the company a name.'),
	domain: z
		.string()
		.transform(domainOf)
		.pipe(optionalPattern(253, /^[^\s/@]+$/, 'Write a domain such as company.com.')),
	industry: optionalText(100),
	phone: optionalText(50),
	city: optionalText(100),
	country: optionalText(100),
	owner_id: optionalId('Choose an owner from the list.'),
	description: optionalText(10_000)
});

export type CompanyValues = z.output<typeof companyForm>;
