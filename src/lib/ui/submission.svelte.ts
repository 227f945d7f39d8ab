import type { ActionResult, SubmitFunction } from '@sveltejs/kit';
import { tick } from 'svelte';
import { pageData } from './page-data';
import { toast } from './toast.svelte';
import { savedEvent } from './typed.svelte';

/** What a form does around its submission. */
export type SubmissionHooks = {
	/** Called when the server accepted, before the page's data is loaded again. */
	accepted?: (result: ActionResult) => void;
	/** Called when everything is over, with the answer and what was sent. */
	settled?: (result: ActionResult, sent: FormData) => void;
	/** For forms that have no place for `problem`: it is said by a toast. */
	toasts?: boolean;
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

/** Whether a control shows what was sent. */
function stands(control: Element, sent: FormData): boolean {
	if (control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type))
		return sent.getAll(control.name).includes(control.value) === control.checked;
	return 'name' in control && 'value' in control && sent.get(String(control.name)) === control.value;
}

/** Gives back to the page's data what still stands as it was sent; what was typed since stays. */
function giveBack(form: HTMLFormElement, sent: FormData): void {
	for (const control of form.elements) if (stands(control, sent)) control.dispatchEvent(new Event(savedEvent));
}

/**
 * Notes who has the cursor; called afterwards, gives it back to whoever Kit took it from: with each success it goes to the page's beginning, and what somebody
 * typed into the next control there would be shortcuts. `left` had it when the form was sent: from there Kit may lead on to a control that asks for it.
 */
function keepCursor({ ownerDocument: page }: HTMLFormElement, left: Element | null): () => void {
	const { activeElement: before } = page;
	return () => {
		if (before?.isConnected && before !== page.activeElement && (page.activeElement === page.body || before !== left))
			if ('focus' in before && typeof before.focus === 'function') before.focus({ preventScroll: true });
	};
}

/** Whether an answer leads to the sign-in in place of doing what was asked: then nothing is saved. */
const asksToSignIn = (result: ActionResult) => result.type === 'redirect' && /^\/sign-in[/?](?!reason=deleted)/.test(result.location);

/** What a form that was not saved says where nobody sees it any more. */
function saidElsewhere(result: ActionResult): string {
	const said: unknown = result.type === 'failure' ? result.data?.problem?.message : result.type === 'error' ? result.error?.message : null;
	return ['What you sent before you came here was not saved.', ...(typeof said === 'string' ? [said] : [])].join(' ');
}

/**
 * One form's way to the server: `busy` while an answer is awaited (a second submission is dropped), and a `problem` when none came or the server failed. Then the form
 * stays as it is, with everything typed, where Kit alone would show an error page. Whoever has gone to another page meanwhile stays there.
 *
 *     const submission = new Submission();
 *     <form method="post" use:enhance={submission.enhance}>
 */
export class Submission {
	#busy = $state(false);
	#problem = $state<string | null>(null);
	#hooks: SubmissionHooks;

	constructor(hooks: SubmissionHooks = {}) {
		this.#hooks = hooks;
	}

	/** True while an answer is awaited. */
	get busy(): boolean {
		return this.#busy;
	}

	/** What to say when the server did not answer, or failed, else null. What it refuses is the page's `form`. */
	get problem(): string | null {
		return this.#problem;
	}

	readonly enhance: SubmitFunction = ({ cancel, formElement, formData }) => {
		if (this.#busy) return cancel();
		this.#busy = true;
		this.#problem = null;
		const page = formElement.ownerDocument;
		const left = page.activeElement;
		const { pathname } = page.location;
		return async ({ result, update }) => {
			// Whoever clicked something meanwhile is on the way.
			await pageData.arrived();
			if ((result.type === 'success' || result.type === 'redirect') && !asksToSignIn(result)) this.#hooks.accepted?.(result);
			if (page.location.pathname !== pathname) await this.#answeredElsewhere(result);
			else if (result.type === 'error') this.#fail(result);
			else {
				if (result.type === 'success') await pageData.reload();
				const giveCursorBack = keepCursor(formElement, left);
				await update({ reset: false, invalidateAll: false });
				if (result.type === 'success') {
					giveBack(formElement, formData);
					giveCursorBack();
				}
				if (result.type === 'failure') await focusProblem(formElement, left);
				// Too late: its reader is to see what is there now, whether or not the message of it has come.
				if (result.type === 'failure' && result.status === 409) void pageData.reload();
			}
			this.#busy = false;
			this.#hooks.settled?.(result, formData);
		};
	};

	#fail({ status, error }: ActionResult & { type: 'error' }): void {
		this.#problem =
			status === undefined
				? 'The server did not answer. What you typed is kept; try again when you are connected.'
				: String(error?.message ?? 'Something went wrong.');
		if (this.#hooks.toasts) toast(this.#problem, { tone: 'danger' });
	}

	/** Its reader is not called back from where they are now, but what they see there is to hold. */
	async #answeredElsewhere(result: ActionResult): Promise<void> {
		if (result.type === 'failure' || result.type === 'error') toast(saidElsewhere(result), { tone: 'danger' });
		else await pageData.reload();
	}
}
