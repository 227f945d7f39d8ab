import type { ActionResult, SubmitFunction } from '@sveltejs/kit';
import { tick } from 'svelte';

/** What a form does around its submission. */
export type SubmissionHooks = {
	/** Called when the server accepted, before the page's data is loaded again. */
	accepted?: (result: ActionResult) => void;
	/** Called when everything is over, with the answer. */
	settled?: (result: ActionResult) => void;
};

/** Brings whoever was refused to what is to be put right: the first control that is marked, or else the password, which is never filled in again. */
async function focusProblem(form: HTMLFormElement): Promise<void> {
	await tick();
	const control = ['[aria-invalid="true"]', '[type="password"]'].flatMap((each) => form.querySelector<HTMLInputElement>(each) ?? [])[0];
	control?.focus();
	// The next one typed takes the place of the wrong one.
	if (control?.type === 'password') control.select();
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

	readonly enhance: SubmitFunction = ({ cancel, formElement }) => {
		if (this.#busy) return cancel();
		this.#busy = true;
		this.#unanswered = false;
		return async ({ result, update }) => {
			if (result.type === 'error' && result.status === undefined) {
				this.#unanswered = true;
			} else {
				if (result.type === 'success' || result.type === 'redirect') this.#hooks.accepted?.(result);
				await update({ reset: false });
				if (result.type === 'failure') await focusProblem(formElement);
			}
			this.#busy = false;
			this.#hooks.settled?.(result);
		};
	};
}
