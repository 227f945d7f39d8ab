/** A figure with the goal it is held against. `value` is a ratio or a duration measured in one run of one machine. */
export type Figure = {
	value: number;
	unit: string;
	goal?: string;
	met?: boolean;
	detail?: Record<string, number | string>;
};

/** What every benchmark is given: a running platform and app of its own. */
export type Bench = {
	apiUrl: string;
	publishableKey: string;
	secretKey: string;
	dbUrl: string;
	/** Superuser-free owner connection is `dbUrl`; the app answers here. */
	baseUrl: string;
	chromium: string;
};

/** The value below which a share `q` (0–1) of the samples lies. */
export function quantile(samples: readonly number[], q: number): number {
	const sorted = samples.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** A figure held against an upper limit. */
export const atMost = (value: number, goal: number, unit: string, detail?: Figure['detail']): Figure => ({
	value: round(value),
	unit,
	goal: `≤ ${goal}`,
	met: value <= goal,
	...(detail ? { detail } : {})
});

/** A figure held against a lower limit. */
export const atLeast = (value: number, goal: number, unit: string, detail?: Figure['detail']): Figure => ({
	value: round(value),
	unit,
	goal: `≥ ${goal}`,
	met: value >= goal,
	...(detail ? { detail } : {})
});

/**
 * Durations in ms of several ways to do one thing, taken in turns so that whatever else the machine does falls on all of them alike.
 * The first `warmUp` rounds are thrown away.
 */
export async function interleaved<Name extends string>(
	ways: Record<Name, () => Promise<unknown>>,
	rounds: number,
	warmUp = 10
): Promise<Record<Name, number[]>> {
	const names = Object.keys(ways) as Name[];
	const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
	for (let round = 0; round < rounds + warmUp; round++)
		for (const name of names) {
			const started = performance.now();
			await ways[name]();
			if (round >= warmUp) samples[name].push(performance.now() - started);
		}
	return samples;
}
