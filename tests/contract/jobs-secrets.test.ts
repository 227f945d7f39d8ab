import { afterEach, expect, test } from 'vitest';
import { databaseUnderTest, freshName, only } from './jobs-clients.ts';
import { embeddedTest } from './local.ts';

/* Supabase Vault as a project's `postgres` meets it; secrets made here are removed again. */
const sql = databaseUnderTest();
const ids: string[] = [];

afterEach(async () => void (await sql`delete from vault.secrets where id = any (${ids.splice(0)}::uuid[])`));

async function createSecret(secret: string, name: string): Promise<string> {
	const { id } = only(await sql<{ id: string }[]>`select vault.create_secret(${secret}, ${name}, 'for a test') as id`);
	ids.push(id);
	return id;
}

const secretOf = async (id: string) =>
	only(await sql`select name, description, decrypted_secret, key_id from vault.decrypted_secrets where id = ${id}`);

/** What comes of a statement of another role, all of it taken back. */
const as = (role: string, statement: string) =>
	sql.begin(async (tx) => {
		await tx.unsafe(`set local role ${role}`);
		return tx.unsafe(statement);
	});

test('a secret is made, read, changed and removed', async () => {
	const name = freshName('stripe');
	const id = await createSecret('sk_live_ä', name);
	expect(await secretOf(id)).toEqual({ name, description: 'for a test', decrypted_secret: 'sk_live_ä', key_id: null });
	expect(only(await sql`select secret from vault.secrets where id = ${id}`).secret).not.toContain('sk_live');
	await sql`select vault.update_secret(${id}, 'sk_new')`;
	await sql`select vault.update_secret(${id}, new_name := ${`${name}_renamed`})`;
	expect(await secretOf(id)).toMatchObject({ name: `${name}_renamed`, description: 'for a test', decrypted_secret: 'sk_new' });
	await expect(sql`select vault.create_secret('x', ${`${name}_renamed`})`).rejects.toMatchObject({ code: '23505' });
	// As on hosted, where secrets are written through the functions.
	await expect(sql`insert into vault.secrets (secret) values ('plain')`).rejects.toMatchObject({ code: '42501' });
	await expect(sql`update vault.secrets set secret = 'plain' where id = ${id}`).rejects.toMatchObject({ code: '42501' });
	await sql`delete from vault.secrets where id = ${id}`;
	expect(await sql`select from vault.decrypted_secrets where id = ${id}`).toHaveLength(0);
	expect(await secretOf(await createSecret('', freshName('empty')))).toMatchObject({ decrypted_secret: '' });
});

test('the service role reads it too, the API’s other callers reach nothing in the vault', async () => {
	const id = await createSecret('for servers', freshName('server'));
	const read = `select decrypted_secret from vault.decrypted_secrets where id = '${id}'`;
	expect(only(await as('service_role', read)).decrypted_secret).toBe('for servers');
	const attacks = [
		read,
		'select * from vault.secrets',
		"select vault.create_secret('x')",
		`select vault.update_secret('${id}', 'x')`,
		"select vault._crypto_aead_det_decrypt('x', 'x', 0)"
	];
	for (const role of ['anon', 'authenticated'])
		for (const attack of attacks) await expect(as(role, attack), `${role}: ${attack}`).rejects.toMatchObject({ code: '42501' });
});

embeddedTest('who may read secrets may not have the key, nor take its place', async () => {
	const attacks = [
		"select vault._key('cipher', 0, 'pgsodium')",
		"select pg_read_file('vault.key')",
		"do $$ begin create temp table k (t text); copy k from 'vault.key'; end $$",
		"select vault._crypto_aead_det_encrypt('x', 'x', 0)",
		"create function vault._key(text, bigint, bytea) returns bytea language sql as $$ select 'mine'::bytea $$"
	];
	for (const role of ['postgres', 'service_role', 'authenticated'])
		for (const attack of attacks) await expect(as(role, attack), `${role}: ${attack}`).rejects.toMatchObject({ code: '42501' });
});
