import { z } from 'zod';

/** How a person wants the app, on whatever machine. Stored as `preferences.settings`; what is missing or unknown there is the default. */
export type Preferences = { theme: 'system' | 'light' | 'dark'; startPage: 'pipeline' | 'companies' | 'contacts' };

export const themes: { value: Preferences['theme']; label: string }[] = [
	{ value: 'system', label: 'As the system' },
	{ value: 'light', label: 'Light' },
	{ value: 'dark', label: 'Dark' }
];

export const startPages: { value: Preferences['startPage']; label: string }[] = [
	{ value: 'pipeline', label: 'Pipeline' },
	{ value: 'companies', label: 'Companies' },
	{ value: 'contacts', label: 'Contacts' }
];

const theme = z.enum(['system', 'light', 'dark']);
const startPage = z.enum(['pipeline', 'companies', 'contacts']);

export const preferencesForm = z.object({ theme, startPage });

const stored = z
	.object({ theme: theme.catch('system'), startPage: startPage.catch('pipeline') })
	.catch({ theme: 'system', startPage: 'pipeline' });

/** The preferences in what the database holds. */
export function readPreferences(settings: unknown): Preferences {
	return stored.parse(settings ?? {});
}
