// @ts-check
import { element, icon } from './dom.js';
import { notifyProblem } from './notices.js';

let made = 0;

/** @param {() => void} close */
const closeButton = (close) =>
	element('button', { type: 'button', class: 'button ghost icon-only', 'aria-label': 'Close', onclick: close }, icon('x'));

/**
 * Shows a modal dialog until it is closed: by its buttons, Escape or a click beside it. The browser keeps the focus inside and gives it
 * back afterwards.
 *
 * @param {{ title: string, kind: 'dialog' | 'drawer', body: (Node | string)[], footer?: Node[], onclose?: () => void }} options
 */
export function showDialog({ title, kind, body, footer = [], onclose }) {
	const id = `dialog-${(made += 1)}`;
	const dialog = element('dialog', {
		class: kind,
		'aria-labelledby': id,
		onclick: (/** @type {MouseEvent} */ event) => event.target === dialog && dialog.close(),
		onclose: () => {
			dialog.remove();
			onclose?.();
		}
	});
	dialog.append(
		element(
			'header',
			{},
			element('h2', { id }, title),
			closeButton(() => dialog.close())
		),
		element('div', { class: 'dialog-body' }, ...body)
	);
	if (footer.length > 0) dialog.append(element('footer', {}, ...footer));
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

/**
 * Asks before something that cannot be undone. The dialog stays when it fails.
 *
 * @param {{ title: string, text: string, action: string, run: () => Promise<unknown> }} question
 */
export function confirmDanger({ title, text, action, run }) {
	const cancel = element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel');
	const confirm = element(
		'button',
		{
			type: 'button',
			class: 'button danger',
			autofocus: true,
			onclick: async () => {
				confirm.disabled = true;
				try {
					await run();
					dialog.close();
				} catch (error) {
					confirm.disabled = false;
					notifyProblem(error);
				}
			}
		},
		action
	);
	const dialog = showDialog({ title, kind: 'dialog', body: [element('p', { class: 'muted' }, text)], footer: [cancel, confirm] });
}
