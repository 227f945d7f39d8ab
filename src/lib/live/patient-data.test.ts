import { describe, expect, it } from 'vitest';
import { patientData } from './patient-data';

const data = 'http://crm.test/acme/pipeline/__data.json?view=list&x-sveltekit-invalidated=01';
const good = () => new Response('{"type":"data","nodes":[null]}');
/** As Kit answers when a load throws. */
const failed = (status: number) =>
	new Response(`{"type":"data","nodes":[null,{"type":"error","error":{"message":"It did not work.","code":"x"},"status":${status}}]}`);
const lost = () => Promise.reject(new TypeError('Failed to fetch'));

/** Asks for `url` and is answered in turn; `reloading` says so before each try. */
async function ask(
	answers: (() => Response | Promise<Response>)[],
	{ url = data, reloading = () => true }: { url?: string; reloading?: () => boolean } = {}
) {
	const seen: { asked: number; pauses: number[] } = { asked: 0, pauses: [] };
	const server: typeof fetch = async () => {
		const answer = answers[seen.asked++];
		if (!answer) throw new Error('asked once too often');
		return answer();
	};
	const patient = patientData(server, {
		isReload: (page) => page === '/acme/pipeline?view=list' && reloading(),
		pause: async (tries) => void seen.pauses.push(tries)
	});
	const answer = await patient(url).catch((problem: unknown) => problem);
	return { ...seen, answer };
}

describe('data of a page that is loaded again unasked', () => {
	it.each([
		['was lost', lost],
		['came from a server that is not up', () => new Response('Bad gateway', { status: 502 })],
		['is that it is asked too often', () => new Response('', { status: 429 })],
		['is an error of a load', () => failed(500)],
		['is a load that asked too often', () => failed(429)]
	])('is asked for again when the answer %s', async (_, bad) => {
		const last = good();
		expect(await ask([bad, bad, () => last])).toEqual({ asked: 3, pauses: [1, 2], answer: last });
	});

	it('is given as it is when it comes, and when the server means to refuse', async () => {
		for (const answer of [good(), failed(403), failed(404), new Response('', { status: 404 })])
			expect(await ask([() => answer])).toEqual({ asked: 1, pauses: [], answer });
	});

	it('waits no longer once somebody goes elsewhere', async () => {
		let here = true;
		const answers = [
			() => {
				here = false;
				return lost();
			},
			lost
		];
		expect((await ask(answers, { reloading: () => here })).answer).toBeInstanceOf(TypeError);
	});
});

it('goes on for the latest of several reloads alone', async () => {
	const waiting: (() => void)[] = [];
	let up = false;
	const last = good();
	const patient = patientData(async () => (up ? last : lost()), {
		isReload: () => true,
		pause: () => new Promise((go) => void waiting.push(go))
	});
	const first = patient(data).catch((problem: unknown) => problem);
	const second = patient(data);
	await expect.poll(() => waiting.length).toBe(2);
	for (const go of waiting.splice(0)) go();
	expect(await first).toBeInstanceOf(TypeError);
	await expect.poll(() => waiting.length).toBe(1);
	up = true;
	waiting[0]?.();
	expect(await second).toBe(last);
});

it('leaves every other request alone: those of a click, of other pages, and of the app', async () => {
	const others = [
		{ reloading: () => false },
		{ url: data.replace('pipeline', 'contacts') },
		{ url: data.replace('list', 'board') },
		{ url: 'http://crm.test/acme/pipeline' },
		{ url: '/api/x' }
	];
	for (const other of others) {
		const { asked, answer } = await ask([lost], other);
		expect(asked).toBe(1);
		expect(answer).toBeInstanceOf(TypeError);
	}
});
