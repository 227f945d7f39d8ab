import { z } from 'zod';

/** The languages whose dates and numbers people may choose; the interface itself speaks English. */
export const locales: { value: string; label: string }[] = [
	{ value: 'en-US', label: 'English (United States)' },
	{ value: 'en-GB', label: 'English (United Kingdom)' },
	{ value: 'da-DK', label: 'Dansk' },
	{ value: 'de-DE', label: 'Deutsch' },
	{ value: 'de-CH', label: 'Deutsch (Schweiz)' },
	{ value: 'es-ES', label: 'Español' },
	{ value: 'fr-FR', label: 'Français' },
	{ value: 'it-IT', label: 'Italiano' },
	{ value: 'nl-NL', label: 'Nederlands' },
	{ value: 'nb-NO', label: 'Norsk' },
	{ value: 'pl-PL', label: 'Polski' },
	{ value: 'pt-BR', label: 'Português (Brasil)' },
	{ value: 'sv-SE', label: 'Svenska' },
	{ value: 'ja-JP', label: '日本語' }
];

/** The time zones that browsers and servers know, UTC first. */
export const timeZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** Whether Intl knows a time zone of that name. */
export function isTimeZone(zone: string): boolean {
	try {
		new Intl.DateTimeFormat('en', { timeZone: zone });
		return true;
	} catch {
		return false;
	}
}

const optional = (max: number) =>
	z
		.string()
		.trim()
		.max(max, `At most ${max} characters.`)
		.transform((text) => text || null);

/** What a person says of themselves; empty is nothing. */
export const profileForm = z.object({
	full_name: z.string().trim().min(1, 'Tell your colleagues who you are.').max(120, 'At most 120 characters.'),
	title: optional(120),
	phone: optional(50),
	time_zone: optional(64).refine((zone) => zone === null || isTimeZone(zone), 'Choose a time zone from the list.'),
	locale: optional(35).refine((locale) => locale === null || locales.some(({ value }) => value === locale), 'Choose one from the list.')
});
