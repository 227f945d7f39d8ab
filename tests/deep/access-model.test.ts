import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRecord, addRole, addTeam, createWorkspace, signIn, signUp } from '../database/world.ts';
import { cloneDatabase, useTestCluster } from '../support/postgres.ts';
import { counts, firstState, made, at } from './access-model.ts';
import { arrange, beginnings } from './access-arrangements.ts';
import { attempt } from './access-attempts.ts';
import { question } from './access-questions.ts';
import { type Ids, type Move, type Random, randomFrom, type Step } from './access-steps.ts';

// The database and a model of it that was written separately, through thousands of random sequences of grants, moves, shares, reassignments and
// questions. SEED and SEQUENCES repeat a run or lengthen it.

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const sequences = Number(process.env.SEQUENCES ?? 10_000);

let cluster: Awaited<ReturnType<typeof useTestCluster>>;
let sql: Sql;
let ids: Ids;
let drop: () => Promise<void>;

beforeAll(async () => {
	cluster = await useTestCluster();
	const clone = await cloneDatabase(cluster.address);
	drop = clone.drop;
	sql = postgres(clone.url, { max: 1, onnotice: () => {} });
	ids = await buildWorld(sql);
	await sql.unsafe(player);
});

afterAll(async () => {
	await sql.end();
	await drop();
	await cluster.stop();
});

async function buildWorld(sql: Sql): Promise<Ids> {
	const people: string[] = [];
	for (let person = 0; person < counts.people; person++) people.push(await signUp(sql, `p${person}`));
	const sessions = [];
	for (const person of people)
		sessions.push({ weak: (await signIn(sql, person)).session_id, strong: (await signIn(sql, person, { aal: 'aal2' })).session_id });
	const built: Ids = { orgs: [], pipelines: [], people, sessions, roles: [], teams: [], records: [] };
	const workspaces = [];
	for (let org = 0; org < counts.orgs; org++) {
		const workspace = await createWorkspace(sql, people[0]);
		workspaces.push(workspace);
		built.orgs.push(workspace.id);
		built.pipelines.push({ pipeline: workspace.pipeline, stage: workspace.stage('Lead') });
		const roles = [workspace.roles.admin ?? ''];
		for (let role = 1; role < counts.roles; role++) roles.push(await addRole(sql, workspace, `role ${role}`, {}));
		built.roles.push(roles);
		const teams = [];
		for (let team = 0; team < counts.teams; team++) teams.push(await addTeam(sql, workspace, []));
		built.teams.push(teams);
	}
	for (const [record, { table, org }] of made.entries()) {
		const name = { [table === 'contacts' ? 'first_name' : 'name']: `r${record}` };
		const id = await addRecord(sql, at(workspaces, org), table, null, name);
		built.records.push(id);
		if (table === 'contacts')
			await sql`insert into public.contact_private (org_id, contact_id, mobile) values (${at(built.orgs, org)}, ${id}, ${`r${record}`})`;
	}
	return built;
}

/** Plays a whole sequence in one round trip, answer by answer, and undoes it. */
const player = `
	create schema testing;
	create function testing.heard(statement text) returns table (topic text) language plpgsql set search_path = '' as $$
	declare
		request constant text := gen_random_uuid()::text;
	begin
		perform set_config('request.headers', jsonb_build_object('x-request-id', request)::text, true);
		execute statement;
		return query select m.topic from realtime.messages m where m.payload ->> 'request_id' = request;
	end
	$$;
	create function testing.play(moves jsonb) returns jsonb language plpgsql set search_path = '' as $play$
	declare
		move jsonb;
		answer jsonb;
		answers jsonb := '[]';
		hint text;
		failed boolean;
	begin
		begin
			for move in select m from jsonb_array_elements(moves) m loop
				failed := false;
				begin
					perform set_config('request.jwt.claims', coalesce(move -> 'claims', '{}')::text, true);
					if move -> 'claims' is not null then
						perform set_config('role', 'authenticated', true);
					end if;
					execute 'with q as (' || (move ->> 'sql') || ') select coalesce(jsonb_agg(to_jsonb(q)), ''[]'') from q' into answer;
					perform set_config('role', 'none', true);
					if (move ->> 'undone')::boolean then
						raise exception 'undone' using errcode = 'ZZ998';
					end if;
				exception
					when sqlstate 'ZZ998' then null;
					when others then
						get stacked diagnostics hint = pg_exception_hint;
						answer := jsonb_build_object('code', sqlstate, 'hint', hint, 'message', sqlerrm);
				end;
				perform set_config('role', 'none', true);
				answers := answers || jsonb_build_array(answer);
			end loop;
			raise exception 'undone' using errcode = 'ZZ999';
		exception when sqlstate 'ZZ999' then null;
		end;
		return answers;
	end
	$play$`;

/** A random sequence: a workspace in full swing, then everything mixed. */
function randomSteps(random: Random): Step[] {
	const steps = beginnings(random);
	for (let n = 12 + random.int(16); n > 0; n--)
		steps.push(random.chance(0.25) ? arrange(random) : random.chance(0.5) ? attempt(random) : question(random));
	return steps;
}

type Answer = { name?: string }[] | { code: string; hint: string; message: string };

/** What the database answered, in the model's words. */
function inWords(answer: Answer, expected: string): string {
	if (Array.isArray(answer)) {
		if (expected === 'any') return 'any';
		const isQuestion = answer.some(({ name }) => name !== undefined) || expected === 'none' || /^[rp]\d/.test(expected);
		if (isQuestion)
			return (
				answer
					.map(({ name }) => String(name))
					.sort()
					.join(' ') || 'none'
			);
		return answer.length > 0 ? 'done' : 'blocked';
	}
	const { code, hint, message } = answer;
	if (hint === 'owner_not_active') return 'inactive';
	if (hint === 'reference_not_found') return 'unknown';
	if (code === '42501') return 'blocked';
	if (code === '23505') return 'duplicate';
	return code === '23503' ? 'stranger' : `${code} ${message}`;
}

/** How often each answer was predicted and given: a model that is only ever told "blocked" proves little. */
const answered: Record<string, number> = {};
const kindOf = (expected: string): string => (/^[rp]\d/.test(expected) ? 'some' : expected);

type Disagreement = { steps: Step[]; expected: string; actual: string };

/** Plays the steps in both; answers the first difference, with the steps up to there. */
async function firstDisagreement(steps: Step[]): Promise<Disagreement | null> {
	const state = firstState();
	const moves: { move: Move; step: number }[] = [];
	steps.forEach((step, index) => {
		const move = step.play(state, ids);
		if (move) moves.push({ move, step: index });
	});
	const sent = moves.map(({ move: { sql: text, asker, undone } }) => ({
		sql: text,
		undone: undone ?? false,
		...(asker && {
			claims: {
				role: 'authenticated',
				sub: at(ids.people, asker.person),
				session_id: at(ids.sessions, asker.person)[asker.strong ? 'strong' : 'weak']
			}
		})
	}));
	const [row] = await sql<{ answers: Answer[] }[]>`select testing.play(${sql.json(sent)}) as answers`;
	for (const [index, { move, step }] of moves.entries()) {
		const answer = row?.answers[index];
		if (!answer) throw new Error('no answer');
		const actual = inWords(answer, move.expected);
		answered[kindOf(actual)] = (answered[kindOf(actual)] ?? 0) + 1;
		if (actual !== move.expected) return { steps: steps.slice(0, step + 1), expected: move.expected, actual };
	}
	return null;
}

/** Leaves out every step without which they disagree still. */
async function shortest(found: Disagreement): Promise<Disagreement> {
	let best = found;
	for (let index = best.steps.length - 2; index >= 0; index--) {
		const shorter = await firstDisagreement(best.steps.toSpliced(index, 1));
		if (shorter) {
			best = shorter;
			index = Math.min(index, best.steps.length - 1);
		}
	}
	return best;
}

test(`${sequences} random sequences from seed ${seed} never differ from the model`, async () => {
	console.log(`seed ${seed}`);
	for (let n = 0; n < sequences; n++) {
		const found = await firstDisagreement(randomSteps(randomFrom(seed + n)));
		if (!found) continue;
		const { steps, expected, actual } = await shortest(found);
		expect.fail(
			`They differ. SEED=${seed + n} SEQUENCES=1 repeats it.\n${steps.map(({ text }) => `- ${text}`).join('\n')}\nmodel: ${expected}\ndatabase: ${actual}`
		);
	}
	console.log(`answers: ${JSON.stringify(answered)}`);
	if (sequences >= 1000)
		expect(Object.keys(answered)).toEqual(
			expect.arrayContaining(['done', 'blocked', 'some', 'none', 'inactive', 'duplicate', 'stranger', 'unknown'])
		);
}, 3_600_000);
