import type { Page } from '@playwright/test';
import { openBrowser, signedIn } from './browser.ts';
import { atMost, median, type Bench, type Figure } from './measure.ts';
import { workspaceWithDeals } from './world.ts';

const visits = 7;

/** Milliseconds from navigation to the largest contentful paint of a fresh visit. */
async function largestPaint(page: Page, path: string): Promise<number> {
	await page.goto(path, { waitUntil: 'networkidle' });
	return page.evaluate(
		() =>
			new Promise<number>((done) => {
				new PerformanceObserver((list) => done(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
					type: 'largest-contentful-paint',
					buffered: true
				});
			})
	);
}

/** Drags the first card over all columns and back up and down while every animation frame is timed; the frames' lengths in ms. */
async function dragFrames(page: Page): Promise<number[]> {
	const card = page.locator('[data-deal]').first();
	const box = await card.boundingBox();
	if (!box) throw new Error('the board shows no card');
	const columns = await page.locator('[data-stage]').evaluateAll((all) => all.map((column) => column.getBoundingClientRect().x + 40));
	await page.evaluate(() => {
		const frames: number[] = [];
		let before = performance.now();
		const tick = (now: number) => {
			frames.push(now - before);
			before = now;
			requestAnimationFrame(tick);
		};
		requestAnimationFrame(tick);
		Object.assign(window, { benchFrames: frames });
	});
	await page.mouse.move(box.x + 40, box.y + 20);
	await page.mouse.down();
	for (const x of columns) for (const y of [300, 450, 600]) await page.mouse.move(Math.min(x, 1420), y, { steps: 12 });
	await page.keyboard.press('Escape');
	await page.mouse.up();
	return page.evaluate(() => {
		const frames: unknown = Reflect.get(window, 'benchFrames');
		// The first frames belong to the moment in which timing began.
		return Array.isArray(frames) ? frames.slice(3).map(Number) : [];
	});
}

/** The board with 5,000 deals: how soon it is painted, and how smoothly a card is dragged over it. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 5_000);
	const browser = await openBrowser(bench);
	try {
		const { context, page } = await signedIn(bench, browser, workspace.admin);
		const path = `/${workspace.slug}/pipeline`;
		await page.goto(path, { waitUntil: 'networkidle' });
		const paints: number[] = [];
		for (let visit = 0; visit < visits; visit++) {
			const fresh = await browser.newContext({
				baseURL: bench.baseUrl,
				viewport: { width: 1440, height: 900 },
				storageState: await context.storageState()
			});
			paints.push(await largestPaint(await fresh.newPage(), path));
			await fresh.close();
		}
		await page.goto(path, { waitUntil: 'networkidle' });
		const frames = await dragFrames(page);
		return {
			lcp_seconds: atMost(median(paints) / 1000, 1, 's', { visits, worst: Math.round(Math.max(...paints)) }),
			longest_drag_frame: atMost(Math.max(...frames), 34, 'ms', { frames: frames.length })
		};
	} finally {
		await browser.close();
	}
}
