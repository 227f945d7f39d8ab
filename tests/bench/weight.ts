import { gzipSync } from 'node:zlib';
import { openBrowser, signedIn } from './browser.ts';
import { atMost, type Bench, type Figure } from './measure.ts';
import { workspaceWithDeals } from './world.ts';

/** All JavaScript that a first visit to the board fetches until the network rests and the board is live, gzipped, in KB of 1,000 bytes. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 200);
	const browser = await openBrowser(bench);
	try {
		const { context } = await signedIn(bench, browser, workspace.admin);
		// A context of its own keeps the session and forgets the files that the sign-in page has loaded.
		const fresh = await browser.newContext({ baseURL: bench.baseUrl, storageState: await context.storageState() });
		const page = await fresh.newPage();
		const files = new Map<string, number>();
		page.on('response', async (response) => {
			if (!/javascript/.test(response.headers()['content-type'] ?? '')) return;
			const body = await response.body().catch(() => null);
			if (body) files.set(response.url(), gzipSync(body, { level: 9 }).length);
		});
		await page.goto(`/${workspace.slug}/pipeline`, { waitUntil: 'networkidle' });
		const kilobytes = [...files.values()].reduce((total, bytes) => total + bytes, 0) / 1000;
		return { board_initial_js: atMost(kilobytes, 110, 'KB gz', { files: files.size }) };
	} finally {
		await browser.close();
	}
}
