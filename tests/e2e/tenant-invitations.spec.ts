import postgres, { type Sql } from 'postgres';
import { twoWorkspaces, type Estate } from '../support/two-workspaces.ts';
import { createPerson, must } from '../support/workspace.ts';
import { readDoors, type Door } from './route-inventory.ts';
import { cookieOf } from './session-cookie.ts';
import { endpoint, expect, test } from './support.ts';
import { hear, nothingLike, requestsOf, type Heard } from './tenant-requests.ts';

// A token of an invitation in the hands of somebody it is not for: a letter that was passed on, or a link in a log. An open one says what its page has to
// say to whoever it is for: the workspace's name, the role, who invites, and the address. One that was withdrawn, used or has run out says that, and of
// the workspace what an unknown one says: nothing. docs/decisions/021 says why.

const doors = readDoors().doors.filter(({ route }) => route === '/invite/[token]');

let sql: Sql;
test.beforeAll(() => {
	sql = postgres(process.env.SUPABASE_DB_URL ?? '', { max: 1 });
});
test.afterAll(() => sql.end());

const over = ['revoked', 'accepted', 'expired'] as const;

/** An invitation of each state. The open one is for somebody who has an account: where Auth asks for no confirmation, another's could be opened by anybody. */
async function inviteOnce({ workspace, admin: { client }, rows, mark }: Estate) {
	const role = String(rows['roles']?.['id']);
	const invite = async (email: string) => {
		const [made] = must(await client.rpc('invite_members', { org: workspace.id, emails: [email], role }));
		return { email, token: String(made?.token), id: String(made?.invitation_id) };
	};
	const [invited, member] = [await createPerson(endpoint(), 'Ida Invited'), await createPerson(endpoint(), 'Uma Used')];
	const [open, accepted] = [await invite(invited.email), await invite(member.email)];
	const [revoked, expired] = [await invite(`revoked-${mark}@example.test`), await invite(`expired-${mark}@example.test`)];
	await client.rpc('revoke_invitation', { invitation: revoked.id }).throwOnError();
	await member.client.rpc('accept_invitation', { token: accepted.token }).throwOnError();
	await sql`update public.invitations set expires_at = now() where id = ${expired.id}`;
	return { open, revoked, accepted, expired };
}

const uuids = (text: string) => new Set(text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi));

for (const once of ['stranger', 'former member'] as const)
	test(`a ${once} with a token that is not for them hears what its page must say, and of one that is over not even that`, async () => {
		const { home, lair, thief, everything } = await twoWorkspaces(endpoint(), sql, once);
		const invitations = await inviteOnce(home);
		const { name } = must(await home.admin.client.from('organizations').select('name').eq('id', home.workspace.id).single());
		const role = `${home.mark} role`;
		const people = [home.admin, home.mate].flatMap((person) => [person.name, person.email]);
		const before = await everything();
		const theirs = uuids(before);

		const tell = async (door: Door, token: string, cookie: string): Promise<Heard[]> => {
			const victim = { ...home, rows: { ...home.rows, invitations: { id: token } } };
			const heard: Heard[] = [];
			for (const asked of requestsOf(door, { own: lair, victim }, () => 'stolen')) heard.push(await hear(asked, cookie));
			return heard;
		};
		const expectSilence = (what: string, { raw }: Heard, told: string[]) => {
			const rest = told.reduce((left, text) => left.replaceAll(text, '').replaceAll(encodeURIComponent(text), ''), raw);
			for (const secret of [name, home.workspace.slug, home.mark, home.mark.toLowerCase(), ...people, invitations.accepted.email])
				expect.soft(rest, what).not.toContain(secret);
			const ids = [...uuids(rest)].filter((id) => theirs.has(id) && id !== thief.id);
			expect.soft(ids, what).toEqual([]);
		};

		expect(doors.map(({ key }) => key)).toContain('page /invite/[token]');
		for (const cookie of [await cookieOf(thief), ''])
			for (const door of doors) {
				const who = `${door.key}, ${cookie ? 'signed in' : 'a visitor'}`;
				const { open } = invitations;
				for (const heard of await tell(door, open.token, cookie)) {
					expectSilence(`${who}, open`, heard, [name, role, home.admin.name, open.email]);
					if (door.method === 'page') expect.soft(heard.raw, 'the page says whereto').toContain(name);
				}
				const unknown = await tell(door, nothingLike(open.token), cookie);
				for (const state of over) {
					const all = await tell(door, invitations[state].token, cookie);
					// How it ended may be said, in words that are the same for every workspace.
					const plain = ({ body, raw: _, ...heard }: Heard) => ({
						...heard,
						body: body
							.replace(/<h1.*?<\/p>/s, '')
							.replaceAll(`"${state}"`, '"unknown"')
							.replace(/invitation_\w+|This invitation [^"]*/g, '')
					});
					expect.soft(all.map(plain), `${who}, ${state}`).toEqual(unknown.map(plain));
					for (const heard of all) expectSilence(`${who}, ${state}`, heard, []);
				}
			}
		expect(await everything(), 'the other workspace is as it was').toBe(before);
	});
