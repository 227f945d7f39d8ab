import { z } from 'zod';
import { optionalPattern, optionalText } from '$lib/records/text';

/** Personal data of a contact, which only some roles read: a row beside the contact, never columns of it. */
export const personalForm = z.object({
	personal_email: optionalPattern(320, /^[^\s@]+@[^\s@]+$/, 'This is not an e-mail address.'),
	mobile: optionalText(50),
	home_address: optionalText(500),
	birthday: z.union([z.literal('').transform(() => null), z.iso.date('Choose a day.')]),
	note: optionalText(10_000)
});

export type Personal = z.output<typeof personalForm> & { version: number };

/** Its fields in order, as forms and views show them. */
export const personalFields = [
	{ name: 'personal_email', label: 'Private e-mail', type: 'email' },
	{ name: 'mobile', label: 'Private phone', type: 'tel' },
	{ name: 'home_address', label: 'Home address', type: 'text' },
	{ name: 'birthday', label: 'Birthday', type: 'date' },
	{ name: 'note', label: 'Private note', type: 'area' }
] as const satisfies readonly { name: keyof Personal; label: string; type: string }[];
