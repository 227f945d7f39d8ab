import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/lib/database.types.ts';

/** Where a Supabase answers, and its two keys. */
export type Endpoint = { apiUrl: string; publishableKey: string; secretKey: string };

export type Client = SupabaseClient<Database>;

/** A person who can sign in. `client` is signed in already and keeps its session in memory only. */
export type Person = { id: string; name: string; email: string; password: string; client: Client };

export type RoleKey = 'admin' | 'manager' | 'sales' | 'viewer';

/** A workspace of its own for one test, with its default pipeline. `stages` are in board order. */
export type Workspace = {
	id: string;
	slug: string;
	pipelineId: string;
	stages: { id: string; name: string; kind: string }[];
	admin: Person;
};

const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false } };

/** The service key's client: bypasses row-level security, for arranging a test only. */
export const serviceClient = (endpoint: Endpoint): Client => createClient<Database>(endpoint.apiUrl, endpoint.secretKey, memoryOnly);

/** Unwraps a supabase-js answer; an error fails the test with the server's own words. */
export function must<T>(answer: { data: T; error: { message: string } | null }): NonNullable<T> {
	if (answer.error) throw new Error(answer.error.message, { cause: answer.error });
	if (answer.data === null || answer.data === undefined) throw new Error('no data');
	return answer.data;
}

/** A new user with a confirmed address, signed in. */
export async function createPerson(endpoint: Endpoint, name = 'Ada Example'): Promise<Person> {
	const email = `${randomUUID()}@example.test`;
	const password = `correct-horse-${randomUUID()}`;
	const created = await serviceClient(endpoint).auth.admin.createUser({
		email,
		password,
		email_confirm: true,
		user_metadata: { full_name: name }
	});
	if (created.error) throw created.error;
	const { user } = created.data;
	const client = createClient<Database>(endpoint.apiUrl, endpoint.publishableKey, memoryOnly);
	const signedIn = await client.auth.signInWithPassword({ email, password });
	if (signedIn.error) throw signedIn.error;
	return { id: user.id, name, email, password, client };
}

/** A new workspace whose admin is `admin` (by default a new person). */
export async function createWorkspace(endpoint: Endpoint, admin?: Person): Promise<Workspace> {
	const owner = admin ?? (await createPerson(endpoint, 'Ada Admin'));
	const org = must(await owner.client.rpc('create_workspace', { workspace_name: `Workspace ${randomUUID().slice(0, 8)}` }));
	const pipeline = must(
		await owner.client
			.from('pipelines')
			.select('id, stages(id, name, kind)')
			.eq('org_id', org.id)
			.order('position', { referencedTable: 'stages' })
			.single()
	);
	return { id: org.id, slug: org.slug, pipelineId: pipeline.id, stages: pipeline.stages, admin: owner };
}

/** Makes `person` (by default a new one) a member of the workspace. */
export async function addMember(endpoint: Endpoint, workspace: Workspace, roleKey: RoleKey, person?: Person): Promise<Person> {
	const member = person ?? (await createPerson(endpoint, `${roleKey[0]?.toUpperCase()}${roleKey.slice(1)} Member`));
	const service = serviceClient(endpoint);
	const role = must(await service.from('roles').select('id').eq('org_id', workspace.id).eq('key', roleKey).single());
	must(await service.from('members').insert({ org_id: workspace.id, user_id: member.id, role_id: role.id }).select('id').single());
	return member;
}
