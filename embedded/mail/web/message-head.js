// @ts-check
import { attachmentAddress } from './api.js';
import { element, icon, webAddress } from './dom.js';
import { findAction, findCode } from './find-code.js';
import { busyButton } from './busy-button.js';
import { copyButton } from './notices.js';
import { badge, counts, statusBadge } from './status.js';
import { exactTime, timeElement } from './time.js';
/** @import { Detail, Link } from './contract.js' */

const units = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** @param {number} bytes */
export function fileSize(bytes) {
	if (bytes < 1024) return `${bytes} B`;
	return bytes < 1024 * 1024 ? `${units.format(bytes / 1024)} KB` : `${units.format(bytes / 1024 / 1024)} MB`;
}

/**
 * @param {string} name
 * @param {...(Node | string)} values
 */
const fact = (name, ...values) => element('div', {}, element('dt', {}, name), element('dd', {}, ...values));

/** @param {Detail} message */
function facts(message) {
	const { from, to, cc, bcc, receivedAt, stream, source, tag, metadata, id } = message;
	const marks = Object.entries(metadata).map(([name, value]) => badge('outline', null, `${name}: ${value}`));
	return element(
		'div',
		{ class: 'facts' },
		element(
			'dl',
			{},
			fact('From', from),
			fact('To', to.join(', ')),
			cc.length > 0 && fact('Cc', cc.join(', ')),
			bcc.length > 0 && fact('Bcc', bcc.join(', ')),
			tag && fact('Tag', badge('outline', null, tag))
		),
		element(
			'dl',
			{},
			fact('Date', element('span', { class: 'tabular' }, exactTime(receivedAt)), timeElement(receivedAt)),
			fact('Stream', stream, source === 'smtp' ? ' · by SMTP' : ' · by Postmark API'),
			fact('Id', element('code', { class: 'truncate' }, id), copyButton(id, { what: 'message id', compact: true, class: 'tiny' })),
			marks.length > 0 && fact('Metadata', ...marks)
		)
	);
}

/**
 * What people come for: the sign-in code, the link to follow, the files, and the way out.
 *
 * @param {Detail} message
 * @param {() => Promise<unknown>} onunsubscribe
 */
export function finds(message, onunsubscribe) {
	const code = findCode(message);
	const link = findAction(message);
	const found = [
		code && find('Code', element('strong', { class: 'find-code tabular' }, code), copyButton(code, { what: 'code', id: 'copy-code' })),
		link && find('Link', ...actionLink(link)),
		message.attachmentList.length > 0 && attachments(message),
		message.listUnsubscribe.oneClick &&
			busyButton('mail-minus', 'One-click unsubscribe', onunsubscribe, { title: oneClickMeans, class: 'button tall' })
	];
	if (!found.some(Boolean)) return null;
	return element('section', { class: 'finds', 'aria-label': 'Found in this message' }, ...found);
}

const oneClickMeans = 'Posts to the address in List-Unsubscribe without asking, as mail programs do (RFC 8058)';

/**
 * @param {string} name
 * @param {...Node} what
 */
const find = (name, ...what) => element('div', { class: 'find' }, element('span', { class: 'find-name' }, name), ...what);

/** @param {Link} link */
function actionLink({ url, text }) {
	return [
		element(
			'a',
			{ href: webAddress(url), target: '_blank', rel: 'noopener noreferrer', title: url, class: 'truncate' },
			text.trim() || url
		),
		icon('external-link', 13),
		copyButton(url, { what: 'link' })
	];
}

/** @param {Detail} message */
function attachments({ id, attachmentList }) {
	return element(
		'ul',
		{ class: 'attachments', 'aria-label': 'Attachments' },
		...attachmentList.map(({ index, name, contentType, size }) =>
			element(
				'li',
				{},
				element(
					'a',
					{ class: 'button tall', href: attachmentAddress(id, index), download: name || true, title: contentType },
					icon('paperclip', 14),
					element('span', { class: 'truncate' }, name || `attachment ${index + 1}`),
					element('span', { class: 'muted tabular' }, fileSize(size)),
					icon('download', 14)
				)
			)
		)
	);
}

/**
 * Subject, state and the facts of a message. The heading can take the focus, so that opening a message leads to it.
 *
 * @param {Detail} message
 * @param {{ onback: () => void, ondelete: () => void }} asked
 */
export function messageHead(message, { onback, ondelete }) {
	return element(
		'header',
		{ class: 'message-head' },
		element(
			'div',
			{ class: 'message-title' },
			element(
				'button',
				{ type: 'button', class: 'button ghost icon-only back', 'aria-label': 'Back to the list', onclick: onback },
				icon('arrow-left')
			),
			element('h2', { id: 'subject', tabindex: -1 }, message.subject || '(no subject)'),
			element('span', { class: 'message-state', 'data-slot': 'state' }),
			element(
				'button',
				{
					type: 'button',
					class: 'button ghost icon-only',
					'aria-label': 'Delete this message',
					title: 'Delete this message (Delete)',
					onclick: ondelete
				},
				icon('trash-2')
			)
		),
		facts(message)
	);
}

/** @param {Detail} message */
export const messageState = (message) => [statusBadge(message.status), ...counts({ ...message, attachments: 0 })];
