import { describe, expect, it } from 'vitest';
import { answerCall, type FileReading } from './answer-call';
import { dealImport } from './deals';
import { ImportFlow } from './import-flow.svelte';
import { ImportSession } from './session';
import { FileRefused } from './table';

/** The session as the page sees it, without the thread between them; `held` calls wait until they are let go. */
function reading() {
	const session = new ImportSession(dealImport);
	let closed = false;
	const held: { gate: Promise<void> } = { gate: Promise.resolve() };
	const transport: FileReading = {
		async ask(call) {
			const { gate } = held;
			const answer: Awaited<ReturnType<typeof transport.ask<typeof call.name>>> = JSON.parse(
				JSON.stringify((await answerCall(session, call)) ?? null)
			);
			await gate;
			if (closed) throw new FileRefused('closed', 'put away');
			return answer;
		},
		close: () => (closed = true)
	};
	return { transport, held };
}

const setting = {
	orgId: 'org',
	currency: 'EUR',
	me: 'ada',
	pipelines: [
		{
			id: 'sales',
			name: 'Sales',
			isDefault: true,
			stages: [
				{ id: 'lead', name: 'Lead', kind: 'open' },
				{ id: 'won', name: 'Won', kind: 'won' }
			]
		},
		{
			id: 'renewals',
			name: 'Renewals',
			isDefault: false,
			stages: [
				{ id: 'due', name: 'Due', kind: 'open' },
				{ id: 'demo', name: 'Demo', kind: 'open' }
			]
		}
	],
	owners: [{ id: 'ada', label: 'Ada', names: ['ada@demo.test'] }],
	mayLeaveUnowned: true,
	locale: 'en-US',
	today: '2026-05-04'
};
const csv = (text: string, name = 'deals.csv') => new File([text], name);
const flowOver = (...readings: ReturnType<typeof reading>[]) => new ImportFlow(setting, () => (readings.shift() ?? reading()).transport);

describe('choosing a file', () => {
	it('shows what was guessed and what would come of it', async () => {
		const flow = flowOver();
		await flow.choose(csv('Deal,Value,Stage\nA,5,Lead\nB,-1,Lead\nC,7,Demo\n'));
		expect([flow.step, flow.opening, flow.mapping.amount]).toEqual(['columns', false, 1]);
		expect(flow.summary).toMatchObject({ total: 3, accepted: 1, refused: 1, waiting: 1 });
		expect(flow.openQuestions).toBe(1);
	});

	it('refuses one that is too large before anybody reads it', async () => {
		const flow = new ImportFlow(setting, () => expect.unreachable());
		const file = csv('x');
		Object.defineProperty(file, 'size', { value: 200 * 1024 * 1024 });
		await flow.choose(file);
		expect([flow.step, flow.problem]).toEqual(['file', expect.stringContaining('200 MB')]);
	});

	it('says why one cannot be read, and takes the next', async () => {
		const flow = flowOver();
		await flow.choose(csv('%PDF-1.7'));
		expect([flow.step, flow.problem, flow.opening]).toEqual(['file', expect.stringContaining('a PDF'), false]);
		await flow.choose(csv('Deal\nA\n'));
		expect([flow.step, flow.problem]).toEqual(['columns', null]);
	});

	it('while another is still being read forgets the first', async () => {
		const slow = reading();
		let letGo = () => {};
		slow.held.gate = new Promise((resolve) => (letGo = resolve));
		const flow = flowOver(slow);
		const first = flow.choose(csv('Deal\nFirst\n'));
		await flow.choose(csv('Deal\nSecond\n'));
		letGo();
		await first;
		expect([flow.summary?.preview[0]?.data.name, flow.step, flow.problem]).toEqual(['Second', 'columns', null]);
	});
});

describe('deciding', () => {
	it('maps a column to one field only', async () => {
		const flow = flowOver();
		await flow.choose(csv('Deal,Value\nA,5\n'));
		await flow.map('company', 0);
		expect([flow.mapping.company, flow.mapping.name, flow.summary?.refused]).toEqual([0, null, 1]);
	});

	it('answers a question, and may take the answer back', async () => {
		const flow = flowOver();
		await flow.choose(csv('Deal,Stage\nA,Demo\n'));
		await flow.answer('stage', 'demo', { use: 'won' });
		expect([flow.openQuestions, flow.summary?.preview[0]?.data.stage_id]).toEqual([0, 'won']);
		await flow.answer('stage', 'demo', null);
		expect([flow.openQuestions, flow.summary?.accepted]).toEqual([1, 0]);
	});

	it('asks anew about stages when the pipeline changes', async () => {
		const flow = flowOver();
		await flow.choose(csv('Deal,Stage\nA,Demo\nB,\n'));
		await flow.answer('stage', 'demo', 'skip');
		await flow.usePipeline('renewals');
		expect(flow.summary?.preview.map(({ data }) => data.stage_id)).toEqual(['demo', 'due']);
	});

	it('takes another header, style or currency', async () => {
		const flow = flowOver();
		await flow.choose(csv('Deal,Value\nA,"1,234"\n'));
		await flow.useStyle('amount', 'comma');
		await flow.useCurrency('CHF');
		expect(flow.summary?.preview[0]?.data).toMatchObject({ amount: '1.23', currency: 'CHF' });
		await flow.useHeader(null);
		expect([flow.overview?.columns[0]?.name, flow.summary?.total]).toEqual(['Column A', 2]);
	});

	it('quickly shows the outcome of the last decision only', async () => {
		const one = reading();
		const flow = flowOver(one);
		await flow.choose(csv('Deal,Value\nA,"1,234"\n'));
		let letGo = () => {};
		one.held.gate = new Promise((resolve) => (letGo = resolve));
		const slow = flow.useStyle('amount', 'comma');
		one.held.gate = Promise.resolve();
		await flow.useStyle('amount', 'point');
		letGo();
		await slow;
		expect([flow.summary?.preview[0]?.data.amount, flow.reading]).toEqual(['1234.00', false]);
	});
});
