import type { Attachment } from 'svelte/attachments';

type Saved = { at: number; fields: Record<string, string> };

const prefix = 'draft:';
const keptMs = 24 * 60 * 60 * 1000;

/** Forgets a draft: what it held is saved, or thrown away on purpose. */
export function forgetDraft(key: string): void {
	try {
		sessionStorage.removeItem(prefix + key);
	} catch {
		// No storage, no draft.
	}
}

/** The draft kept under a key, if it is not older than a day. */
export function readDraft(key: string, now = Date.now()): Record<string, string> | null {
	try {
		const text = sessionStorage.getItem(prefix + key);
		if (!text) return null;
		const saved: Saved = JSON.parse(text);
		return now - saved.at < keptMs ? saved.fields : null;
	} catch {
		return null;
	}
}

/** Keeps what stands in a form as its draft. */
export const keepDraft = (key: string, form: HTMLFormElement): void => writeDraft(key, fieldsOf(form));

function writeDraft(key: string, fields: Record<string, string>): void {
	try {
		sessionStorage.setItem(prefix + key, JSON.stringify({ at: Date.now(), fields } satisfies Saved));
	} catch {
		// A full or forbidden storage must not get in the way of typing.
	}
}

function fieldsOf(form: HTMLFormElement): Record<string, string> {
	const fields: Record<string, string> = {};
	for (const element of form.elements) {
		if (!isControl(element) || !element.name || element.type === 'password') continue;
		if (element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox') && !element.checked) continue;
		fields[element.name] = element.value;
		if (element instanceof HTMLInputElement && element.dataset.text) fields[`${element.name}:text`] = element.dataset.text;
	}
	return fields;
}

function isControl(element: Element): element is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
	return element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
}

/** Whether somebody typed or chose something before the page woke up: the page's own values are the controls' defaults. */
function isTouched(form: HTMLFormElement): boolean {
	return Array.from(form.elements).some((element) => {
		if (element instanceof HTMLSelectElement)
			return Array.from(element.options).some(({ selected, defaultSelected }) => selected && !defaultSelected);
		const isText = element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && element.type !== 'hidden');
		return isText && element.value !== element.defaultValue;
	});
}

/**
 * Keeps what is typed into a form across reloads of this tab. Hidden fields are kept too: the version and the values that the person saw belong to
 * their edit, so that a change made by somebody else meanwhile is still noticed. `restored` is told the fields when there was a draft.
 *
 *     <form {@attach draft('company:new', (fields) => (values = fields))}>
 */
export function draft(key: string, restored: (fields: Record<string, string>) => void): Attachment<HTMLFormElement> {
	return (form) => {
		const saved = readDraft(key);
		if (saved) restored(saved);
		// After the change has reached the page: bound fields are written a moment later.
		const keep = () => queueMicrotask(() => form.isConnected && keepDraft(key, form));
		if (!saved && isTouched(form)) keep();
		form.addEventListener('input', keep);
		form.addEventListener('change', keep);
		return () => {
			form.removeEventListener('input', keep);
			form.removeEventListener('change', keep);
		};
	};
}
