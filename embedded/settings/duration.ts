/** Seconds in each unit of a Go duration (https://pkg.go.dev/time#ParseDuration). Micro has two signs in Unicode. */
const units: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as "1s", "1.5h" or "8h30m"; null when it is none, or negative. */
export function parseDuration(text: string): number | null {
	if (/^\+?0$/.test(text)) return 0;
	if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return null;
	let seconds = 0;
	for (const [, amount, unit = ''] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
		seconds += Number(amount) * (units[unit] ?? 0);
	}
	return seconds;
}
