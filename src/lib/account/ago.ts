const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
	['year', 365 * 86_400],
	['month', 30 * 86_400],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60]
];

/** How long ago a moment was, for the eye: "3 hours ago", "yesterday"; under a minute "just now". `now` comes from the server, so that both draw the same. */
export function formatAgo(iso: string, now: string): string {
	const seconds = (Date.parse(now) - Date.parse(iso)) / 1000;
	for (const [unit, length] of steps) if (seconds >= length) return words.format(-Math.floor(seconds / length), unit);
	return 'just now';
}

/** How long a wait lasts, rounded up: "1 minute", "12 minutes", "1 hour". */
export function formatWait(seconds: number): string {
	const minutes = Math.max(1, Math.ceil(seconds / 60));
	if (minutes >= 60) return minutes === 60 ? '1 hour' : `${Math.ceil(minutes / 60)} hours`;
	return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
