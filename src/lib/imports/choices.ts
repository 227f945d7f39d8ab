import { cleanText, comparisonKey } from './clean';
import type { Choice } from './field';

const address = /[^\s<>"',;()]+@[^\s<>"',;()]+/;

/** The form in which values of a choice are compared: the e-mail address in it, else its words. Blank is the empty key. */
export function choiceKey(text: string): string {
	const found = address.exec(text)?.[0];
	return found ? found.toLowerCase() : comparisonKey(text) || cleanText(text).toLowerCase();
}

/** Ids by every name that means exactly one thing; a name shared by two people means neither and is asked about. */
export function choicesByKey(choices: readonly Choice[]): ReadonlyMap<string, string> {
	const byKey = new Map<string, string | null>();
	for (const choice of choices) {
		for (const key of new Set(choice.names.map(choiceKey))) {
			if (key !== '') byKey.set(key, byKey.has(key) && byKey.get(key) !== choice.id ? null : choice.id);
		}
	}
	return new Map([...byKey].flatMap(([key, id]) => (id === null ? [] : [[key, id] as const])));
}
