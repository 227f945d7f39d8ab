import type { ActionResult } from '@sveltejs/kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pageData } from './page-data';
import { Submission, type SubmissionHooks } from './submission.svelte';
import { toasts } from './toast.svelte';

let loads: number;
const { ...without } = pageData;

beforeEach(() => {
	loads = 0;
	pageData.reload = async () => void loads++;
	vi.stubGlobal('document', {});
});

afterEach(() => {
	Object.assign(pageData, without);
	for (const { id } of toasts.list) toasts.dismiss(id);
	vi.unstubAllGlobals();
});

/** A form that submits and is answered as told; `shown` selects the one control in it. `page` says what is focused there. */
function form(hooks: SubmissionHooks = {}, shown = '') {
	const submission = new Submission(hooks);
	const seen: { cancelled: number; updates: number; focused: number } = { cancelled: 0, updates: 0, focused: 0 };
	const control = { isConnected: true, focus: () => void seen.focused++ };
	const page: { activeElement: object; body: object; location: { pathname: string } } = {
		activeElement: control,
		body: {},
		location: { pathname: '/form' }
	};
	const input = {
		action: new URL('http://crm.test/'),
		formData: new FormData(),
		formElement: Object.assign(Object.create(null), {
			ownerDocument: page,
			elements: [],
			querySelector: (selector: string) => (selector === shown ? control : null)
		}),
		controller: new AbortController(),
		submitter: null,
		cancel: () => void seen.cancelled++
	};
	const submit = async () => {
		const answered = await submission.enhance(input);
		/** `updated` is what Kit does to the page besides. */
		return async (result: ActionResult, updated = () => {}) =>
			answered?.({
				...input,
				result,
				update: async () => {
					seen.updates++;
					updated();
				}
			});
	};
	return { page, control, submission, seen, submit };
}

describe('a form on its way', () => {
	it('is busy until the answer, and drops a second submission', async () => {
		const { submission, seen, submit } = form();
		const answer = await submit();
		expect(submission.busy).toBe(true);
		await submit();
		expect(seen.cancelled).toBe(1);
		await answer({ type: 'success', status: 200 });
		expect(submission.busy).toBe(false);
		expect(seen.updates).toBe(1);
	});

	it('stays as it is when no answer comes, and says so', async () => {
		const { submission, seen, submit } = form();
		await (
			await submit()
		)({ type: 'error', error: new TypeError('Failed to fetch') });
		expect(seen.updates).toBe(0);
		expect(submission.problem).toMatch(/kept/);
		await submit();
		expect(submission.problem).toBeNull();
	});

	it.each(['[aria-invalid="true"]', '[type="password"]'])('that is refused leads to what is to be put right (%s)', async (shown) => {
		const { seen, submit } = form({}, shown);
		await (
			await submit()
		)({ type: 'success', status: 200 });
		expect(seen.focused).toBe(0);
		await (
			await submit()
		)({ type: 'failure', status: 400 });
		expect(seen.focused).toBe(1);
	});

	it('that was accepted or too late loads the page again', async () => {
		const { submit } = form();
		await (
			await submit()
		)({ type: 'failure', status: 400 });
		expect(loads).toBe(0);
		await (
			await submit()
		)({ type: 'failure', status: 409 });
		expect(loads).toBe(1);
		await (
			await submit()
		)({ type: 'success', status: 200 });
		expect(loads).toBe(2);
	});

	it('stays as it is when the server fails, and says what it said, by a toast where there is no place', async () => {
		for (const [hooks, shown] of [
			[{}, []],
			[{ toasts: true }, ['The sign-in service does not answer.']]
		] as const) {
			const { submission, seen, submit } = form(hooks);
			const error = { message: 'The sign-in service does not answer.', code: 'auth_unreachable' };
			await (
				await submit()
			)({ type: 'error', status: 503, error });
			expect(seen.updates).toBe(0);
			expect(submission.problem).toBe(error.message);
			expect(toasts.list.map(({ message }) => message)).toEqual(shown);
		}
	});

	it('calls nobody back who has gone to another page', async () => {
		const { page, seen, submit } = form();
		const answers: ActionResult[] = [
			{ type: 'redirect', status: 303, location: '/form/1' },
			{ type: 'success', status: 200 },
			{ type: 'failure', status: 400, data: { problem: { message: 'Too long.' } } }
		];
		for (const answer of answers) {
			page.location.pathname = '/form';
			const answered = await submit();
			// They have clicked; Kit is still loading.
			pageData.arrived = async () => void (page.location.pathname = '/elsewhere');
			await answered(answer);
		}
		expect(seen).toMatchObject({ updates: 0, focused: 0 });
		expect(loads).toBe(2);
		expect(toasts.list.map(({ message }) => message)).toEqual(['What you sent before you came here was not saved. Too long.']);
	});

	it('leaves the cursor of whoever types elsewhere by now, which Kit takes', async () => {
		const { page, control, seen, submit } = form();
		const answer = await submit();
		await answer({ type: 'success', status: 200 }, () => (page.activeElement = page.body));
		expect(seen.focused).toBe(1);
		// A control that asks for it gets it from whoever stayed.
		page.activeElement = control;
		const next = await submit();
		await next({ type: 'success', status: 200 }, () => (page.activeElement = {}));
		expect(seen.focused).toBe(1);
	});

	it('that is refused leaves alone who has gone on to something else, and not who is nowhere', async () => {
		const { page, seen, submit } = form({}, '[type="password"]');
		for (const [focus, focused] of [
			[{}, 0],
			[page.body, 1]
		] as const) {
			const answer = await submit();
			page.activeElement = focus;
			await answer({ type: 'failure', status: 400 });
			expect(seen.focused).toBe(focused);
		}
	});

	it('tells of acceptance only when it was accepted', async () => {
		const told: string[] = [];
		const { submit } = form({ accepted: ({ type }) => told.push(type) });
		await (
			await submit()
		)({ type: 'failure', status: 400 });
		await (
			await submit()
		)({ type: 'redirect', status: 303, location: '/' });
		// Nothing was saved: the session has ended.
		await (
			await submit()
		)({ type: 'redirect', status: 303, location: '/sign-in?reason=ended&next=%2F' });
		expect(told).toEqual(['redirect']);
	});
});
