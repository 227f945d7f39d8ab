import { beforeEach, describe, expect, test } from 'vitest';
import { attempt, type Outcome, useDatabase } from './database.ts';
import { meetAtTheLock } from './races.ts';
import { addMember, addRecord, createWorkspace, type Workspace } from './world.ts';

// What entering, leaving and removing a stage does to its deals.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let deal: string;
beforeEach(async () => {
	home = await createWorkspace(sql);
	deal = await addRecord(sql, home, 'deals', home.admin, { amount: 1200, currency: 'EUR' });
});

const tryAs = (caller: string, text: string, values: (string | null)[] = []): Promise<Outcome> =>
	database.as(caller, (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]));

/** A move as REST does it: these columns in one statement. */
const move = (stage: string, columns: Record<string, string | null> = {}): Promise<Outcome> => {
	const set = { stage_id: home.stage(stage), ...columns };
	const list = Object.keys(set).map((name, index) => `${name} = $${index + 2}`);
	return tryAs(home.admin, `update public.deals set ${list.join(', ')} where id = $1 returning closed_on::text, close_reason`, [
		deal,
		...Object.values(set)
	]);
};

const needsReason = { code: 'P0001', hint: 'close_reason_required' };

describe('closing a deal', () => {
	test.each(['Won', 'Lost'])('as %s asks for a reason and a date in the same statement', async (stage) => {
		expect((await move(stage)).error).toMatchObject(needsReason);
		expect((await move(stage, { close_reason: 'Price' })).error).toMatchObject(needsReason);
		expect((await move(stage, { closed_on: '2026-01-31' })).error).toMatchObject(needsReason);
		expect((await move(stage, { closed_on: '2026-01-31', close_reason: 'Price' })).rows).toEqual([
			{ closed_on: '2026-01-31', close_reason: 'Price' }
		]);
		expect((await move(stage, { close_reason: null })).error).toMatchObject(needsReason);
	});

	test('is undone by moving back: reason and date go', async () => {
		await move('Lost', { closed_on: '2026-01-31', close_reason: 'Price' });
		expect((await move('Proposal')).rows).toEqual([{ closed_on: null, close_reason: null }]);
	});

	test('from won to lost asks anew, and takes the same reason if it is stated', async () => {
		await move('Won', { closed_on: '2026-01-31', close_reason: 'Other' });
		expect((await move('Lost')).error).toMatchObject(needsReason);
		expect((await move('Lost', { closed_on: '2026-01-31', close_reason: 'Other' })).rows).toHaveLength(1);
		// What one statement stated does not count for the next one of the same transaction.
		const outcome = await database.as(home.admin, async (tx) => {
			await tx`update public.deals set stage_id = ${home.stage('Won')}, close_reason = 'Other' where id = ${deal}`;
			return attempt(tx, async (inner) => [...(await inner`update public.deals set stage_id = ${home.stage('Lost')} where id = ${deal}`)]);
		});
		expect(outcome.error).toMatchObject(needsReason);
	});

	test('is what open deals have no reason or date for', async () => {
		const outcome = await tryAs(home.admin, "update public.deals set close_reason = 'x' where id = $1", [deal]);
		expect(outcome.error).toMatchObject({ code: '23514', constraint: 'deals_open_not_closed' });
	});

	test('of a new deal at once needs both as well', async () => {
		const made = await tryAs(home.admin, "insert into public.deals (org_id, name, pipeline_id, stage_id) values ($1, 'New', $2, $3)", [
			home.id,
			home.pipeline,
			home.stage('Won')
		]);
		expect(made.error).toMatchObject(needsReason);
	});
});

describe('a move', () => {
	test('restarts the days in stage; an edit or a new place in the column does not', async () => {
		await sql`update public.deals set stage_entered_at = now() - interval '5 days' where id = ${deal}`;
		const entered = async () =>
			(await sql`select stage_entered_at > now() - interval '1 day' as fresh from public.deals where id = ${deal}`)[0]?.fresh;
		await tryAs(home.admin, "update public.deals set name = 'Renamed', rank = 'a0', stage_id = stage_id where id = $1", [deal]);
		expect(await entered()).toBe(false);
		await move('Qualified');
		expect(await entered()).toBe(true);
	});

	test('is written down with amount, person and both stages; nothing else is', async () => {
		await move('Qualified');
		await tryAs(home.admin, "update public.deals set rank = 'a1', amount = 5 where id = $1", [deal]);
		const [previous] = await sql`select org_id, deal_id from public.deal_stage_changes where deal_id = ${deal} limit 1`;
		expect(previous).toEqual({ org_id: home.id, deal_id: deal });
		expect(
			await sql`
				select f.name as "from", t.name as "to", c.amount, c.currency, c.changed_by
				from public.deal_stage_changes c
				left join public.stages f on f.id = c.from_stage_id
				left join public.stages t on t.id = c.to_stage_id
				where c.deal_id = ${deal} order by c.changed_at, c.id`
		).toEqual([
			{ from: null, to: 'Lead', amount: '1200.00', currency: 'EUR', changed_by: null },
			{ from: 'Lead', to: 'Qualified', amount: '1200.00', currency: 'EUR', changed_by: home.admin }
		]);
	});

	test('into a stage that was removed a moment ago is refused clearly', async () => {
		const [spare] = await sql`
			insert into public.stages (org_id, pipeline_id, name) values (${home.id}, ${home.pipeline}, 'Spare') returning id`;
		await sql`delete from public.stages where id = ${spare?.id}`;
		const outcome = await tryAs(home.admin, 'update public.deals set stage_id = $2 where id = $1', [deal, spare?.id]);
		expect(outcome.error).toMatchObject({ code: '23503', hint: 'reference_not_found', detail: 'stage_id' });
	});
});

describe('removing a stage', () => {
	const remove = (caller: string, stage: string, target: string) =>
		tryAs(caller, 'select public.delete_stage($1, $2)', [home.stage(stage), home.stage(target)]);

	test('takes its deals along, also those in the trash', async () => {
		const trashed = await addRecord(sql, home, 'deals', null);
		await tryAs(home.admin, "select public.trash_records('deals', array[$1::uuid])", [trashed]);
		expect((await remove(home.admin, 'Lead', 'Qualified')).error).toBeUndefined();
		expect(await sql`select distinct stage_id from public.deals where org_id = ${home.id}`).toEqual([
			{ stage_id: home.stage('Qualified') }
		]);
		expect(await sql`select id from public.stages where id = ${home.stage('Lead')}`).toHaveLength(0);
	});

	test('is for those who may edit pipelines', async () => {
		const manager = await addMember(sql, home, 'manager');
		expect((await remove(manager, 'Lead', 'Qualified')).error).toMatchObject({ code: '23503', detail: 'stage' });
	});

	test('does not wait for a stage that a stranger may not touch, so that waiting tells nothing', async () => {
		const stranger = (await createWorkspace(sql)).admin;
		const holder = database.connect();
		await holder.begin(async (holding) => {
			await holding`select id from public.stages where id = ${home.stage('Lead')} for update`;
			const outcome = await database.as(stranger, async (tx) => {
				await tx`set local lock_timeout = '200ms'`;
				return attempt(tx, async (inner) => [
					...(await inner`select public.delete_stage(${home.stage('Lead')}, ${home.stage('Qualified')})`)
				]);
			});
			expect(outcome.error).toMatchObject({ code: '23503', detail: 'stage' });
		});
	});

	test('whose target somebody is removing at this moment says so, and keeps the stage with its deals', async () => {
		const statement = 'select public.delete_stage($1, $2)';
		const [lead, qualified] = [home.stage('Lead'), home.stage('Qualified')];
		const [first, other] = await meetAtTheLock(database, [
			[home.admin, statement, [qualified, lead]],
			[home.admin, statement, [lead, qualified]]
		]);
		expect(first.error).toBeUndefined();
		expect(other.error).toMatchObject({ hint: 'reference_not_found', detail: 'move_to' });
		expect(await sql`select stage_id from public.deals where id = ${deal}`).toEqual([{ stage_id: lead }]);
	});

	test('does not close or reopen deals by the way', async () => {
		expect((await remove(home.admin, 'Lead', 'Won')).error).toMatchObject({ hint: 'stage_kind_differs' });
		expect((await remove(home.admin, 'Lead', 'Lead')).error).toMatchObject({ code: '23503', detail: 'move_to' });
	});

	test('with deals in it is refused when no target is named', async () => {
		const outcome = await tryAs(home.admin, 'delete from public.stages where id = $1 returning id', [home.stage('Lead')]);
		expect(outcome.error?.code).toBe('23503');
	});
});

test('the kind of a stage is fixed while deals stand in it', async () => {
	expect((await tryAs(home.admin, "update public.stages set kind = 'lost' where id = $1", [home.stage('Lead')])).error?.code).toBe('42501');
	await expect(sql`update public.stages set kind = 'lost', probability = 0 where id = ${home.stage('Lead')}`).rejects.toMatchObject({
		constraint_name: 'stages_kind_kept'
	});
});

test('a workspace has one default pipeline', async () => {
	const outcome = await tryAs(home.admin, "insert into public.pipelines (org_id, name, is_default) values ($1, 'Second', true)", [home.id]);
	expect(outcome.error?.code).toBe('23505');
});
