import type { ActionResult, SubmitFunction } from '@sveltejs/kit';
import { tick } from 'svelte';
import { savedEvent } from './typed.svelte';

/** Tells the page that a form was too late (409): its reader is to see what is there now, whether or not the message of it has come. */
export const staleEvent = 'stale';

/** What a form does around its submission. */
export type SubmissionHooks = {
	/** Called when the server accepted, before the page's data is loaded again. */
	accepted?: (result: ActionResult) => void;
	/** Called when everything is over, with the answer. */
	settled?: (result: ActionResult) => void;
};

/**
 * Brings whoever was refused to what is to be put right: the first control that is marked, or else the password, which is never filled in again. Whoever has gone on
 * to another control than they submitted from (`left`) meanwhile is typing there, and stays.
 */
async function focusProblem(form: HTMLFormElement, left: Element | null): Promise<void> {
	await tick();
	const { activeElement, body } = form.ownerDocument;
	if (activeElement && activeElement !== body && activeElement !== left) return;
	const control = ['[aria-invalid="true"]', '[type="password"]'].flatMap((each) => form.querySelector<HTMLInputElement>(each) ?? [])[0];
	control?.focus();
	// The next one typed takes the place of the wrong one.
	if (control?.type === 'password') control.select();
}

/** Gives back to the page's data what still stands as it was sent; what was typed since stays. */
function giveBack(form: HTMLFormElement, sent: FormData): void {
	for (const control of form.elements)
		if ('name' in control && 'value' in control && sent.get(String(control.name)) === control.value)
			control.dispatchEvent(new Event(savedEvent));
}

/**
 * One form's way to the server: `busy` while an answer is awaited (a second submission is dropped), `unanswered` when none came. Then the form stays as it is,
 * with everything typed, where Kit alone would show an error page.
 *
 *     const submission = new Submission();
 *     <form method="post" use:enhance={submission.enhance}>
 */
export class Submission {
	#busy = $state(false);
	#unanswered = $state(false);
	#hooks: SubmissionHooks;

	constructor(hooks: SubmissionHooks = {}) {
		this.#hooks = hooks;
	}

	/** True while an answer is awaited. */
	get busy(): boolean {
		return this.#busy;
	}

	/** What to say when the server did not answer, else null. */
	get problem(): string | null {
		return this.#unanswered ? 'The server did not answer. What you typed is kept; try again when you are connected.' : null;
	}

	readonly enhance: SubmitFunction = ({ cancel, formElement, formData }) => {
		if (this.#busy) return cancel();
		this.#busy = true;
		this.#unanswered = false;
		const left = formElement.ownerDocument.activeElement;
		return async ({ result, update }) => {
			if (result.type === 'error' && result.status === undefined) {
				this.#unanswered = true;
			} else {
				if (result.type === 'success' || result.type === 'redirect') this.#hooks.accepted?.(result);
				await update({ reset: false });
				if (result.type === 'success') giveBack(formElement, formData);
				if (result.type === 'failure' && result.status === 409) formElement.dispatchEvent(new Event(staleEvent, { bubbles: true }));
				if (result.type === 'failure') await focusProblem(formElement, left);
			}
			this.#busy = false;
			this.#hooks.settled?.(result);
		};
	};
}
