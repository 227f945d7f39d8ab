import { beforeEach, expect, test } from 'vitest';
import { attempt, become, useDatabase } from './database.ts';
import { addMember, addRole, createWorkspace, signUp, type Workspace } from './world.ts';

// Who may join a topic of realtime. What is told there: live.test.ts.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

/** As the realtime service asks: is a probe of this kind in the topic visible, or may one be written? */
async function may(user: string | null, topic: string, extension: 'broadcast' | 'presence' | 'postgres_changes') {
	const undone = new Error('undone');
	let answer = { read: false, write: false };
	await sql
		.begin(async (tx) => {
			const [probe] = await tx<{ id: string }[]>`
				insert into realtime.messages (topic, extension, private) values (${topic}, ${extension}, true) returning id`;
			await become(tx, user);
			await tx`select set_config('realtime.topic', ${topic}, true)`;
			const read = await tx`select id from realtime.messages where id = ${probe?.id ?? ''}`;
			const write = await attempt(tx, async (inner) => [
				...(await inner`insert into realtime.messages (topic, extension, private) values (${topic}, ${extension}, true)`)
			]);
			answer = { read: read.length === 1, write: !write.error };
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	return answer;
}

const listens = { read: true, write: false };
const shows = { read: true, write: true };
const neither = { read: false, write: false };

test('the workspace’s topic is for members who read everything, who may show presence and broadcast nothing', async () => {
	const topic = `org:${home.id}`;
	for (const role of ['admin', 'manager', 'sales', 'viewer']) {
		const member = role === 'admin' ? home.admin : await addMember(sql, home, role);
		expect(await may(member, topic, 'broadcast')).toEqual(listens);
		expect(await may(member, topic, 'presence')).toEqual(shows);
		// Realtime's third kind of message, which carries whole rows.
		expect(await may(member, topic, 'postgres_changes')).toEqual(neither);
	}
});

test('the workspace’s topic is not for those who read less, were suspended, or are elsewhere', async () => {
	const topic = `org:${home.id}`;
	await addRole(sql, home, 'deals only', { read: 'all' }, ['deals']);
	await addRole(sql, home, 'team', { read: 'team' });
	const suspended = await addMember(sql, home, 'manager');
	await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
	const strangers = [
		await addMember(sql, home, 'deals only'),
		await addMember(sql, home, 'team'),
		suspended,
		(await createWorkspace(sql)).admin,
		await signUp(sql),
		null
	];
	for (const user of strangers)
		for (const extension of ['broadcast', 'presence'] as const) expect(await may(user, topic, extension)).toEqual(neither);
});

test('a member’s own topic is for that member alone', async () => {
	await addRole(sql, home, 'own', { read: 'own' });
	const me = await addMember(sql, home, 'own');
	const other = await addMember(sql, home, 'own');
	expect(await may(me, `member:${home.id}:${me}`, 'broadcast')).toEqual(listens);
	expect(await may(other, `member:${home.id}:${me}`, 'broadcast')).toEqual(neither);
	expect(await may(home.admin, `member:${home.id}:${me}`, 'broadcast')).toEqual(neither);
	const second = await createWorkspace(sql);
	expect(await may(me, `member:${second.id}:${me}`, 'broadcast')).toEqual(neither);
});

test.each(['', 'org:', 'org:x', 'anything', 'org:00000000-0000-0000-0000-000000000000', "org:' or true --"])(
	'a topic called %j is for nobody',
	async (topic) => {
		expect(await may(home.admin, topic, 'broadcast')).toEqual(neither);
		expect(await may(home.admin, topic, 'presence')).toEqual(neither);
	}
);
