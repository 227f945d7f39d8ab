import { createHmac, timingSafeEqual } from 'node:crypto';
import { config } from '$lib/server/config';

/*
 * Whoever invites is told the token too: they make the invitation. So the token shows that somebody is invited, and not that they read the mailbox it
 * is for. What only a letter carries is a proof beside it, made with a key that no client has. Without this, anybody could invite a stranger's address
 * and open a confirmed account for it.
 */
const proofOf = (token: string): string =>
	createHmac('sha256', config().secretKey).update(`invitation:${token}`).digest('base64url').slice(0, 32);

/** The address that a letter of invitation leads to. For letters only: it proves the mailbox. */
export function invitationLink(origin: string, token: string): string {
	return `${origin}/invite/${token}.${proofOf(token)}`;
}

/** The token in the path of an invitation, and whether it came by letter. */
export function readInvitationPath(path: string): { token: string; byLetter: boolean } {
	const [token = '', proof = ''] = path.split('.');
	const [given, wanted] = [Buffer.from(proof), Buffer.from(proofOf(token))];
	return { token, byLetter: given.length === wanted.length && timingSafeEqual(given, wanted) };
}
