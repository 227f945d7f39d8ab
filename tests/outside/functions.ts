import { FunctionsHttpError } from '@supabase/supabase-js';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { check, eventually, given, leftOut } from './checks.ts';
import { apiUrl, checkout, lettersTo, visitor, type Person } from './project.ts';

const folder = join(checkout, 'supabase', 'functions');
const packages = createRequire(import.meta.url);

/** Everything a module and the modules beside it import from elsewhere, types included. */
function importsOf(file: string, seen = new Set<string>()): string[] {
	if (seen.has(file) || !existsSync(file)) return [];
	seen.add(file);
	const specifiers = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["']/gm);
	return [...specifiers].flatMap(([, specifier = '']) =>
		specifier.startsWith('.') ? importsOf(join(dirname(file), specifier), seen) : [specifier]
	);
}

function isInstalled(name: string): boolean {
	return packages.resolve.paths(name)?.some((path) => existsSync(join(path, name, 'package.json'))) ?? false;
}

/** What a function needs that is not on this machine, where nothing is fetched. */
function missing(name: string): string[] {
	const file = join(folder, name, 'deno.json');
	const { imports = {} }: { imports?: Record<string, string> } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
	const wanted = importsOf(join(folder, name, 'index.ts')).map((specifier) => imports[specifier] ?? specifier);
	return [...new Set(wanted)].filter((specifier) => {
		if (specifier.startsWith('https:')) return true;
		const [, npm] = /^npm:((?:@[^/]+\/)?[^@/]+)/.exec(specifier) ?? [];
		return npm !== undefined && !isInstalled(npm);
	});
}

/** What a function answered. supabase-js keeps to itself what it said when it failed. */
async function answered<T>({ data, error }: { data: T; error: unknown }): Promise<NonNullable<T>> {
	if (!(error instanceof FunctionsHttpError)) return given({ data, error });
	const response: Response = error.context;
	throw new Error(`HTTP ${response.status}: ${await response.text()}`);
}

/** How a function refused, in its own words. */
async function refusalOf(answer: { error: unknown }): Promise<[number, unknown]> {
	assert.ok(answer.error instanceof FunctionsHttpError, `no refusal: ${String(answer.error)}`);
	const response: Response = answer.error.context;
	const { message }: { message?: unknown } = JSON.parse(await response.text());
	return [response.status, message];
}

async function checkUsers({ admin, other }: { admin: Person; other: Person }): Promise<void> {
	const cy = { email: 'cy@outside.test', password: 'correct horse battery', first_name: 'Cy', last_name: 'Diaz' };
	await check('users: the administrator makes an account, which is invited by letter', async () => {
		const body = { ...cy, administrator: false, disabled: false };
		const { data: sale } = await answered(await admin.client.functions.invoke('users', { method: 'POST', body }));
		assert.deepEqual([sale.email, sale.first_name, sale.administrator], [cy.email, 'Cy', false]);
		await eventually(async () => assert.equal((await lettersTo(cy.email)).length, 1));
	});
	await check('users: who is no administrator makes none, nor does a visitor', async () => {
		const body = { ...cy, email: 'dee@outside.test' };
		assert.deepEqual(await refusalOf(await other.client.functions.invoke('users', { method: 'POST', body })), [401, 'Not Authorized']);
		assert.deepEqual(await refusalOf(await visitor().functions.invoke('users', { method: 'POST', body })), [
			401,
			'Error: Missing authorization header'
		]);
		assert.deepEqual(given(await admin.client.from('sales').select('id').eq('email', body.email)), []);
	});
	await check('users: an account is changed, banned and let in again', async () => {
		const { id } = given(await admin.client.from('sales').select('id').eq('email', other.email).single());
		const change = async (body: object) =>
			(
				await answered(
					await admin.client.functions.invoke('users', { method: 'PATCH', body: { sales_id: id, email: other.email, ...body } })
				)
			).data;
		const signIn = () => visitor().auth.signInWithPassword({ email: other.email, password: other.password });
		const renamed = await change({ first_name: 'Bodo', last_name: 'Chen', administrator: false, disabled: true });
		assert.deepEqual([renamed.first_name, renamed.disabled], ['Bodo', true]);
		assert.equal((await signIn()).error?.code, 'user_banned');
		await change({ first_name: 'Bo', last_name: 'Chen', administrator: false, disabled: false });
		assert.equal((await signIn()).error, null);
	});
}

/** The edge functions that can run where nothing is fetched, called as the app calls them; the others by name. */
export async function checkFunctions(people: { admin: Person; other: Person }): Promise<void> {
	const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'index.ts')));
	const lacking = new Map(names.map((name) => [name, missing(name)]));
	for (const [name, specifiers] of lacking) {
		if (specifiers.length > 0) leftOut(`function ${name}`, `it is loaded from elsewhere: ${specifiers.join(', ')}`);
	}
	await check(`a preflight of ${names.filter((name) => !lacking.get(name)?.length).join(', ')}`, async () => {
		for (const name of names.filter((each) => !lacking.get(each)?.length)) {
			const { status, headers } = await fetch(`${apiUrl}/functions/v1/${name}`, { method: 'OPTIONS' });
			assert.notEqual(headers.get('sb-error-code'), 'BOOT_ERROR', `${relative(checkout, join(folder, name))} does not load`);
			assert.ok(status < 500, `${name}: ${status}`);
		}
	});
	if (!lacking.get('users')?.length) await checkUsers(people);
	if (!lacking.get('update_password')?.length) {
		await check('update_password: a letter with a link to a new password, in the app’s own words', async () => {
			await answered(await people.admin.client.functions.invoke('update_password', { method: 'PATCH', body: {} }));
			await eventually(async () => assert.deepEqual(await lettersTo(people.admin.email), ['Reset your Atomic CRM Password']));
		});
	}
}
