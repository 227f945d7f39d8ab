import { invitationLink } from '$lib/access/invitation-link';
import type { Letter } from '$lib/server/mail';

/** The letter that invites somebody. Names come from people: they stand in sentences, never in the subject's place of the sender. */
export function invitationLetter(invitation: { to: string; token: string; workspace: string; inviter: string; origin: string }): Letter {
	const { to, token, workspace, inviter, origin } = invitation;
	return {
		to,
		subject: `You are invited to ${workspace} on GeminiCRM`,
		paragraphs: [
			`${inviter} invites you to work in “${workspace}” on GeminiCRM.`,
			'Accept with the button below. The invitation is for this e-mail address and good for a week.'
		],
		action: { label: 'Accept the invitation', url: invitationLink(origin, token) },
		footnote: 'You do not know them? Then ignore this letter: nothing happens.',
		tag: 'invitation'
	};
}
