import { expect, it } from 'vitest';
import { formatAgo, formatWait } from './ago';

const now = '2026-03-10T12:00:00Z';

it.each([
	['2026-03-10T11:59:30Z', 'just now'],
	['2026-03-10T11:58:59Z', '1 minute ago'],
	['2026-03-10T09:00:00Z', '3 hours ago'],
	['2026-03-09T11:00:00Z', 'yesterday'],
	['2026-01-01T00:00:00Z', '2 months ago'],
	['2026-03-10T12:00:05Z', 'just now']
])('%s is %s', (iso, said) => expect(formatAgo(iso, now)).toBe(said));

it.each([
	[-5, '1 minute'],
	[61, '2 minutes'],
	[900, '15 minutes'],
	[3600, '1 hour'],
	[3601, '2 hours']
])('a wait of %i seconds is %s', (seconds, said) => expect(formatWait(seconds)).toBe(said));
