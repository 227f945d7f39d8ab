import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { call, connect, newPerson } from './auth-clients.ts';

// Source: docs.postgrest.org/en/stable/references/api/openapi; supabase.com/changelog/42949 (secret keys only).
const { publishableKey, secretKey } = inject('platform');
const sql = connect();

beforeAll(async () => {
	await sql.unsafe(`
		create table public.openapi_shelves (id int primary key generated always as identity, name varchar(20) not null);
		create table public.openapi_books (
			id int primary key generated always as identity, shelf_id int references public.openapi_shelves (id), price numeric(8,2) default 9.5,
			tags text[], extra jsonb, unseen boolean
		);
		comment on table public.openapi_books is E'Books\\nAll that are for sale.';
		comment on column public.openapi_books.price is 'In euros';
		alter table public.openapi_shelves enable row level security;
		alter table public.openapi_books enable row level security;
		grant select, insert on public.openapi_books to authenticated;
		grant all on public.openapi_books, public.openapi_shelves to service_role;
		create function public.openapi_find(word text, at_most int default 5) returns text language sql stable as $$ select word $$;
		grant execute on function public.openapi_find(text, int) to service_role;
		revoke execute on function public.openapi_find(text, int) from public, anon, authenticated`);
});
afterAll(async () => {
	await sql.unsafe('drop function public.openapi_find; drop table public.openapi_books; drop table public.openapi_shelves');
	await sql.end();
});

type Operation = {
	summary?: string;
	description?: string;
	parameters: { $ref?: string; name?: string }[];
	responses: Record<string, unknown>;
};
type Document = {
	swagger: string;
	paths: Record<string, Record<string, Operation>>;
	definitions: Record<string, { required?: string[]; properties: Record<string, Record<string, unknown>> }>;
	parameters: Record<string, unknown>;
};

async function describe(headers: Record<string, string>): Promise<Document> {
	const response = await call('/rest/v1/', { headers });
	expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/openapi+json; charset=utf-8']);
	const document: Document = await response.json();
	return document;
}

test('the root describes what the secret key may use', async () => {
	const { swagger, paths, definitions, parameters } = await describe({ apikey: secretKey, accept: 'application/openapi+json' });
	expect(swagger).toBe('2.0');
	expect(Object.keys(paths['/openapi_books'] ?? {}).sort()).toEqual(['delete', 'get', 'patch', 'post']);
	expect(paths['/openapi_books']?.get).toMatchObject({ summary: 'Books', description: 'All that are for sale.' });
	expect(definitions.openapi_books?.properties).toMatchObject({
		id: { type: 'integer', format: 'integer', description: 'Note:\nThis is a Primary Key.<pk/>' },
		shelf_id: { description: "Note:\nThis is a Foreign Key to `openapi_shelves.id`.<fk table='openapi_shelves' column='id'/>" },
		price: { type: 'number', format: 'numeric', description: 'In euros', default: '9.5' },
		tags: { type: 'array', items: { type: 'string' } },
		extra: { format: 'jsonb' }
	});
	expect(definitions.openapi_shelves).toMatchObject({ required: ['id', 'name'], properties: { name: { maxLength: 20 } } });
	expect(Object.keys(paths['/rpc/openapi_find'] ?? {}).sort()).toEqual(['get', 'post']);
	for (const operations of Object.values(paths)) {
		for (const operation of Object.values(operations)) {
			for (const { $ref } of operation.parameters ?? []) if ($ref) expect(parameters).toHaveProperty([$ref.replace('#/parameters/', '')]);
		}
	}
});

test('it follows the rights of whoever asks', async () => {
	const { session } = await newPerson();
	const { paths } = await describe({ apikey: secretKey, authorization: `Bearer ${session.access_token}` });
	expect(Object.keys(paths['/openapi_books'] ?? {}).sort()).toEqual(['get', 'post']);
	expect(paths).not.toHaveProperty('/openapi_shelves');
	expect(paths).not.toHaveProperty('/rpc/openapi_find');
});

test('what changes in the schema is in the next answer', async () => {
	await sql`create view public.openapi_cheap as select id from public.openapi_books`;
	await sql`grant select on public.openapi_cheap to service_role`;
	try {
		const { paths } = await describe({ apikey: secretKey });
		expect(Object.keys(paths['/openapi_cheap'] ?? {})).toEqual(['get']);
	} finally {
		await sql`drop view public.openapi_cheap`;
	}
});

test('with the publishable key nobody reads it, signed in or not', async () => {
	const { session } = await newPerson();
	const known: Record<string, string>[] = [
		{ apikey: publishableKey },
		{ apikey: publishableKey, authorization: `Bearer ${session.access_token}` }
	];
	for (const headers of known) {
		for (const path of ['/rest/v1', '/rest/v1/']) {
			const response = await call(path, { headers });
			expect([response.status, await response.json()]).toEqual([
				403,
				{
					message: 'Access to schema is forbidden',
					hint: 'Accessing the schema via the Data API is only allowed using a secret API key.'
				}
			]);
		}
	}
});
