import { z } from 'zod';

/** The addresses in what somebody typed or pasted: separated by commas, semicolons, spaces or lines, with or without names and angle brackets. */
export function addressesIn(text: string): string[] {
	const found = text.split(/[\s,;<>"'()[\]]+/).filter((word) => word.includes('@'));
	return [
		...new Set(
			found.map((word) =>
				word
					.replace(/^mailto:/i, '')
					.replace(/\.$/, '')
					.toLowerCase()
			)
		)
	];
}

export const inviteForm = z.object({
	emails: z
		.string()
		.transform(addressesIn)
		.refine((all) => all.length > 0, 'Write at least one e-mail address.')
		.refine((all) => all.length <= 200, 'At most 200 addresses at a time.'),
	role: z.guid('Choose a role.'),
	team: z.union([z.guid(), z.literal('').transform(() => null)]).optional()
});

/** What became of one address of an invitation. */
export type InviteOutcome = 'invited' | 'already_member' | 'already_invited' | 'not_an_address';

export const outcomeLabels: Record<InviteOutcome, string> = {
	invited: 'Invited',
	already_member: 'Is a member already',
	already_invited: 'Was invited already: send that again instead',
	not_an_address: 'Is not an e-mail address'
};

/** An open invitation past its date is over, whatever the table says. */
export function invitationState(status: string, expiresAt: string, now = Date.now()): 'open' | 'expired' | 'accepted' | 'revoked' {
	if (status === 'open') return Date.parse(expiresAt) <= now ? 'expired' : 'open';
	return status === 'accepted' ? 'accepted' : 'revoked';
}
