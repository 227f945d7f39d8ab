import { openBrowser, signedIn } from './browser.ts';
import { addMember, must } from '../support/workspace.ts';
import { atMost, quantile, round, type Bench, type Figure } from './measure.ts';
import { workspaceWithDeals } from './world.ts';

const changes = 100;
/** Between two changes, so that each is seen alone: a team of a few people, not a load test. */
const pauseMs = 400;

/** From the commit of a change to the moment another person's browser shows it, in ms, on one machine with one clock. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 500);
	const watcher = await addMember(bench, workspace, 'sales');
	const browser = await openBrowser(bench);
	try {
		const { page } = await signedIn(bench, browser, watcher);
		await page.goto(`/${workspace.slug}/pipeline`, { waitUntil: 'networkidle' });
		await page.locator('[data-live="online"]').waitFor();
		const id = await page.locator('[data-deal]').first().getAttribute('data-deal');
		if (!id) throw new Error('the board shows no card');
		await page.evaluate(() => {
			const seen: Record<string, number> = {};
			new MutationObserver(() => {
				for (const [token] of document.body.innerText.matchAll(/live-\d+-end/g)) seen[token] ??= performance.timeOrigin + performance.now();
			}).observe(document.body, { subtree: true, childList: true, characterData: true });
			Object.assign(window, { benchSeen: seen });
		});
		const delays: number[] = [];
		for (let n = 0; n < changes; n++) {
			const token = `live-${n}-end`;
			// updated_at is the start of the transaction, so the measured span includes the commit itself.
			const row = must(await workspace.admin.client.from('deals').update({ name: token }).eq('id', id).select('updated_at').single());
			await page.waitForFunction((wanted) => wanted in (Reflect.get(window, 'benchSeen') ?? {}), token, { timeout: 10_000, polling: 20 });
			const at = await page.evaluate((wanted) => Number(Reflect.get(Reflect.get(window, 'benchSeen'), wanted)), token);
			delays.push(at - Date.parse(row.updated_at));
			await new Promise((next) => setTimeout(next, pauseMs));
		}
		return {
			commit_to_other_dom_p95: atMost(quantile(delays, 0.95), 150, 'ms', {
				p50: round(quantile(delays, 0.5)),
				worst: round(Math.max(...delays)),
				changes
			})
		};
	} finally {
		await browser.close();
	}
}
