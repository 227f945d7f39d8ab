// @ts-check
import { element, icon } from './dom.js';
import { copyButton } from './notices.js';

const usualSmtpPort = 54325;

/**
 * What is said while no mail has come: what this place is for and how to send here.
 *
 * @param {number | undefined} smtpPort
 */
export function noMail(smtpPort) {
	const smtp = `smtp://127.0.0.1:${smtpPort ?? usualSmtpPort}`;
	return element(
		'div',
		{ class: 'empty no-mail' },
		element('div', { class: 'empty-icon', 'aria-hidden': 'true' }, icon('inbox', 18)),
		element('h2', {}, 'No mail yet'),
		element(
			'p',
			{ class: 'muted' },
			'Everything sent on this machine ends here and nowhere else: sign-in codes, invitations, campaigns. It shows up by itself.'
		),
		element(
			'dl',
			{ class: 'ways' },
			way('SMTP', smtp, 'No user, no password, no TLS.'),
			way('Postmark API', location.origin, 'The base address for Postmark’s clients: /email, /email/batch, …')
		),
		element('p', { class: 'muted' }, 'To see one now, ask for a password reset on the CRM’s sign‑in page.')
	);
}

/**
 * @param {string} name
 * @param {string} address
 * @param {string} about
 */
function way(name, address, about) {
	return element(
		'div',
		{},
		element('dt', {}, name),
		element('dd', {}, element('code', {}, address), copyButton(address, { what: `${name} address`, compact: true })),
		element('dd', { class: 'muted' }, about)
	);
}
