import type { ActionResult } from '@sveltejs/kit';
import { describe, expect, it } from 'vitest';
import { Submission, type SubmissionHooks } from './submission.svelte';

/** A form that submits and is answered as told; `shown` selects the one control in it. `page` says what is focused there. */
function form(hooks: SubmissionHooks = {}, shown = '') {
	const submission = new Submission(hooks);
	const seen: { cancelled: number; updates: number; focused: number; told: string[] } = { cancelled: 0, updates: 0, focused: 0, told: [] };
	const control = { focus: () => void seen.focused++ };
	const page: { activeElement: object; body: object } = { activeElement: control, body: {} };
	const input = {
		action: new URL('http://crm.test/'),
		formData: new FormData(),
		formElement: Object.assign(Object.create(null), {
			ownerDocument: page,
			elements: [],
			dispatchEvent: ({ type }: Event) => seen.told.push(type),
			querySelector: (selector: string) => (selector === shown ? control : null)
		}),
		controller: new AbortController(),
		submitter: null,
		cancel: () => void seen.cancelled++
	};
	const submit = async () => {
		const answered = await submission.enhance(input);
		return async (result: ActionResult) => answered?.({ ...input, result, update: async () => void seen.updates++ });
	};
	return { page, submission, seen, submit };
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

	it('that was too late says so to the page', async () => {
		const { seen, submit } = form();
		for (const status of [400, 409]) {
			const answer = await submit();
			await answer({ type: 'failure', status });
		}
		expect(seen.told).toEqual(['stale']);
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
		expect(told).toEqual(['redirect']);
	});
});
