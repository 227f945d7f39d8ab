import { Problem } from './problem.ts';

/** What the `Prefer` header asks for (PostgREST docs: references/api/preferences). */
export type Preferences = {
	return: 'minimal' | 'headers-only' | 'representation' | undefined;
	count: 'exact' | 'planned' | 'estimated' | undefined;
	resolution: 'merge-duplicates' | 'ignore-duplicates' | undefined;
	missing: 'default' | 'null' | undefined;
	tx: 'commit' | 'rollback' | undefined;
	handling: 'strict' | 'lenient' | undefined;
	timezone: string | undefined;
	maxAffected: number | undefined;
};

const choices = {
	return: ['minimal', 'headers-only', 'representation'],
	count: ['exact', 'planned', 'estimated'],
	resolution: ['merge-duplicates', 'ignore-duplicates'],
	missing: ['default', 'null'],
	handling: ['strict', 'lenient'],
	tx: ['commit', 'rollback']
} as const;

function choose<T extends string>(given: ReadonlyMap<string, string>, name: string, allowed: readonly T[]): T | undefined {
	return allowed.find((value) => value === given.get(name));
}

/** `txMayBeChosen`: else `tx` is understood and declined, as on hosted: the database decides how a transaction ends. */
export function readPreferences(header: string | null, txMayBeChosen: boolean): Preferences {
	const given = new Map<string, string>();
	const invalid: string[] = [];
	for (const part of (header ?? '').split(',')) {
		const [name = '', value = ''] = part.trim().split('=', 2);
		if (name === '') continue;
		// The first of several wins, as in PostgREST.
		if (!given.has(name)) given.set(name, value);
		const allowed: readonly string[] | undefined = Object.entries(choices).find(([key]) => key === name)?.[1];
		const known = allowed ? allowed.includes(value) : name === 'timezone' || (name === 'max-affected' && /^\d+$/.test(value));
		if (!known) invalid.push(part.trim());
	}
	const handling = choose(given, 'handling', choices.handling);
	if (handling === 'strict' && invalid.length > 0) {
		throw new Problem(400, 'PGRST122', 'Invalid preferences given with handling=strict', {
			details: `Invalid preferences: ${invalid.join(', ')}`
		});
	}
	const maxAffected = given.get('max-affected');
	return {
		return: choose(given, 'return', choices.return),
		count: choose(given, 'count', choices.count),
		resolution: choose(given, 'resolution', choices.resolution),
		missing: choose(given, 'missing', choices.missing),
		tx: txMayBeChosen ? choose(given, 'tx', choices.tx) : undefined,
		handling,
		timezone: given.get('timezone'),
		// PostgREST honours it only together with handling=strict.
		maxAffected: handling === 'strict' && maxAffected !== undefined ? Number(maxAffected) : undefined
	};
}

/** The header that tells which preferences were followed. */
export function appliedPreferences(preferences: Partial<Preferences>): Record<string, string> {
	const names: Record<keyof Preferences, string> = {
		resolution: 'resolution',
		missing: 'missing',
		return: 'return',
		count: 'count',
		tx: 'tx',
		handling: 'handling',
		timezone: 'timezone',
		maxAffected: 'max-affected'
	};
	const applied = Object.entries(preferences).flatMap(([name, value]) =>
		value === undefined || !(name in names) ? [] : [`${name === 'maxAffected' ? 'max-affected' : name}=${value}`]
	);
	return applied.length === 0 ? {} : { 'preference-applied': applied.join(', ') };
}
