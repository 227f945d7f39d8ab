import { expect, type Locator, type Page } from '@playwright/test';
import { must, type Person, type Workspace } from '../support/workspace.ts';

/** Inserts a deal as its owner would through REST. */
export async function addDeal(
	workspace: Workspace,
	deal: { name: string; amount?: number; stage?: string; description?: string },
	owner: Person = workspace.admin
): Promise<{ id: string; name: string; rank: string; version: number }> {
	return must(
		await owner.client
			.from('deals')
			.insert({
				org_id: workspace.id,
				pipeline_id: workspace.pipelineId,
				stage_id: stageId(workspace, deal.stage ?? 'Lead'),
				name: deal.name,
				amount: deal.amount ?? null,
				description: deal.description ?? null
			})
			.select('id, name, rank, version')
			.single()
	);
}

/** The id of a stage of the default pipeline. */
export function stageId(workspace: Workspace, name: string): string {
	const stage = workspace.stages.find((each) => each.name === name);
	if (!stage) throw new Error(`no stage ${name}`);
	return stage.id;
}

/** Opens the board and waits until it hears of changes. */
export async function openBoard(page: Page, workspace: Workspace): Promise<void> {
	await page.goto(`/${workspace.slug}/pipeline`);
	await expectLive(page);
}

export const expectLive = (page: Page): Promise<void> => expect(page.locator('[data-live]')).toHaveAttribute('data-live', 'online');

export const column = (page: Page, stage: string): Locator => page.getByRole('region', { name: stage, exact: true });

export const card = (page: Page, name: string): Locator =>
	page.locator('[data-deal]').filter({ has: page.getByRole('link', { name, exact: true }) });

export const cardIn = (page: Page, stage: string, name: string): Locator =>
	column(page, stage)
		.locator('[data-deal]')
		.filter({ has: page.getByRole('link', { name, exact: true }) });

/** Drags a card with the mouse and lets it go on another column, or keeps it in the air. */
export async function drag(page: Page, name: string, toStage: string, { drop = true } = {}): Promise<void> {
	const from = await card(page, name).boundingBox();
	const to = await column(page, toStage).boundingBox();
	if (!from || !to) throw new Error('nothing to drag');
	await page.mouse.move(from.x + 60, from.y + 20);
	await page.mouse.down();
	await page.mouse.move(from.x + 80, from.y + 40, { steps: 4 });
	await page.mouse.move(to.x + 60, to.y + 90, { steps: 8 });
	if (drop) await page.mouse.up();
}

/** The deal as the database has it. */
export async function dealRow(workspace: Workspace, id: string) {
	return must(
		await workspace.admin.client.from('deals').select('name, stage_id, amount, close_reason, closed_on, deleted_at').eq('id', id).single()
	);
}
