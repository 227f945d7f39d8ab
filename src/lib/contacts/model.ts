import { z } from 'zod';
import { optionalId, optionalPattern, optionalText, plainText } from '$lib/records/text';

/** What people type into a contact's form, checked and tidied; limits are those of the table's constraints. */
export const contactForm = z
	.object({
		first_name: plainText(100),
		last_name: plainText(100),
		email: optionalPattern(320, /^[^\s@]+@[^\s@]+$/, 'Write a full e-mail address, such as name@company.com.'),
		phone: optionalText(50),
		title: optionalText(120),
		company_id: optionalId('Choose a company from the list.'),
		owner_id: optionalId('Choose an owner from the list.'),
		description: optionalText(10_000)
	})
	.refine(({ first_name, last_name, email }) => first_name !== '' || last_name !== '' || email !== null, {
		path: ['first_name'],
		message: 'Give a name or an e-mail address.'
	});

export type ContactValues = z.output<typeof contactForm>;
