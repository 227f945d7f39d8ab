import type { Letter } from '$lib/server/mail';

/** Where something was done from. Place and browser are what the request said. */
export type Whence = { device: string; place: string; at: Date };

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

const whence = ({ device, place, at }: Whence): string => `${device}, from ${place}, on ${moment.format(at)} UTC.`;

const notYou = 'Not you? Choose a new password at once: that signs everybody else out. Then look through the security of your account.';

/** Tells of a sign-in from a browser that the person has not used before. */
export function newDeviceLetter(to: string, origin: string, from: Whence): Letter {
	return {
		to,
		subject: 'New sign-in to your GeminiCRM account',
		paragraphs: [
			`Somebody signed in as ${to} with a browser we have not seen before.`,
			whence(from),
			'If it was you, all is well.',
			notYou
		],
		action: { label: 'See where you are signed in', url: `${origin}/account/sessions` },
		footnote: 'We write when a browser is new, and not again for the same one.',
		tag: 'new-device'
	};
}

/** Tells that a recovery code took the place of the authenticator. */
export function recoveryCodeLetter(to: string, origin: string, from: Whence): Letter {
	return {
		to,
		subject: 'A recovery code was used for your GeminiCRM account',
		paragraphs: [`Somebody signed in as ${to} with a recovery code in place of the authenticator.`, whence(from), notYou],
		action: { label: 'Look at your second factor', url: `${origin}/account/second-factor` },
		tag: 'recovery-code'
	};
}

/** Tells that an authenticator was removed by somebody who had signed in with a recovery code. */
export function lostFactorLetter(to: string, origin: string, from: Whence): Letter {
	return {
		to,
		subject: 'An authenticator was removed from your GeminiCRM account',
		paragraphs: [`The authenticator of ${to} was removed after a sign-in with a recovery code.`, whence(from), notYou],
		action: { label: 'Look at your second factor', url: `${origin}/account/second-factor` },
		tag: 'lost-factor'
	};
}
