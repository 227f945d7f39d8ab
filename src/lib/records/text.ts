import { z } from 'zod';

/** Text as people send it: forms turn line ends into CRLF, and Postgres cannot store NUL. */
const typed = z.string().transform((text) => text.replaceAll('\r\n', '\n').replaceAll('\0', '').trim());

/** A text that must be there. */
export function requiredText(max: number, missing: string) {
	return typed.pipe(z.string().min(1, missing).max(max, `At most ${max} characters.`));
}

/** A text that may be empty and is then stored as null. */
export function optionalText(max: number) {
	return typed.pipe(z.string().max(max, `At most ${max.toLocaleString('en-US')} characters.`)).transform((text) => text || null);
}

/** A text that may be empty and stays so. */
export function plainText(max: number) {
	return typed.pipe(z.string().max(max, `At most ${max} characters.`));
}

/** An optional text of a given form, as the database's check wants it. */
export function optionalPattern(max: number, pattern: RegExp, wrong: string) {
	return optionalText(max).refine((text) => text === null || pattern.test(text), wrong);
}

/** The id of a linked record or person, empty for none. */
export function optionalId(wrong: string) {
	return z.union([z.literal('').transform(() => null), z.guid(wrong)]);
}
