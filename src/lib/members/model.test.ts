import { describe, expect, it } from 'vitest';
import { addressesIn, invitationState, inviteForm } from './model';

describe('a pasted list of people', () => {
	it.each([
		['ada@example.com, Bob <bob@example.com>; "Eve, Dr." <EVE@example.com>\n', ['ada@example.com', 'bob@example.com', 'eve@example.com']],
		['mailto:ada@example.com.', ['ada@example.com']],
		['ada@example.com\r\nada@example.com', ['ada@example.com']],
		['nobody here', []]
	])('%j', (text, addresses) => expect(addressesIn(text)).toEqual(addresses));

	it('must name somebody', () => expect(inviteForm.safeParse({ emails: 'nobody', role: crypto.randomUUID() }).success).toBe(false));
});

it('an invitation past its date is over', () => {
	const now = Date.parse('2026-01-02T00:00:00Z');
	expect(invitationState('open', '2026-01-02T00:00:00Z', now)).toBe('expired');
	expect(invitationState('open', '2026-01-02T00:00:01Z', now)).toBe('open');
	expect(invitationState('accepted', '2026-01-01T00:00:00Z', now)).toBe('accepted');
});
