import { invitationLink } from '$lib/access/invitation-link';
import type { Letter } from '$lib/server/mail';

/** Who invites whom into what. Workspace and inviter are names that people choose. */
type Invitation = { to: string; token: string; workspace: string; inviter: string; inviterEmail: string; origin: string };

/** What mail programs make a link of: `https://…`, `www.…`, `host.tld/…`. */
const webAddress = /:\/\/|\bwww\.|[\p{L}\d-]\.[\p{L}\d-]{2,}[/:?#]/iu;

/** A name on one line; null for one that is empty or looks like an address of the web, however it is disguised. */
function plainName(name: string): string | null {
	const plain = name.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ').trim();
	return plain === '' || webAddress.test(plain.normalize('NFKC').replace(/\p{Cf}/gu, '')) ? null : plain;
}

/**
 * The letter that invites somebody. Anybody can open a workspace and write to strangers with it, in our name: so names stand in one sentence, never in
 * the subject, and lead nowhere.
 */
export function invitationLetter({ to, token, workspace, inviter, inviterEmail, origin }: Invitation): Letter {
	const place = plainName(workspace);
	return {
		to,
		subject: 'You are invited to GeminiCRM',
		paragraphs: [
			`${plainName(inviter) ?? inviterEmail} invites you to work in ${place ? `“${place}”` : 'a workspace'} on GeminiCRM.`,
			'Accept with the button below. The invitation is for this e-mail address and good for a week.'
		],
		action: { label: 'Accept the invitation', url: invitationLink(origin, token) },
		footnote: 'You do not know them? Then ignore this letter: nothing happens.',
		tag: 'invitation'
	};
}
