import { redirect, type Cookies, type RequestEvent } from '@sveltejs/kit';
import { accessMap, type AccessMap, type Scope } from '$lib/access/access';
import { readPreferences } from '$lib/account/preferences';
import { leadToSignIn } from './door';
import type { Reach } from '$lib/records/cursor';
import { AppError, unwrap } from './errors';
import { requireUser, wishOf } from './guards';
import type { Supabase } from './supabase';

/** A workspace as its member opened it. */
export type OpenWorkspace = {
	org: { id: string; name: string; slug: string; currency: string };
	roleKey: string;
	access: AccessMap;
};

type Opening = Pick<RequestEvent, 'locals' | 'url' | 'cookies' | 'request'> & { params: { org: string } };

/**
 * The workspace a page belongs to, with the caller's rights in it: one query, asked once per reading request however many loads need it. Visitors are
 * sent to sign in, and members whose session it does not let in to where that is mended. Throws 403 for the suspended, and 404 where the caller is no
 * member, which looks the same as a workspace that does not exist.
 */
export function openWorkspace(event: Opening): Promise<OpenWorkspace> {
	const user = requireUser(event);
	const slug = event.params.org;
	const read = () => readWorkspace(event.locals.supabase, user.id, slug).then((found) => found ?? refuse(event));
	// A form's action and the loads that follow it are one request: what it changed must be seen by them.
	if (event.request.method !== 'GET') return read();
	const opened = (event.locals.workspaces ??= new Map());
	const opening = opened.get(slug) ?? read();
	opened.set(slug, opening);
	return opening;
}

async function readWorkspace(supabase: Supabase, userId: string, slug: string): Promise<OpenWorkspace | null> {
	const member = unwrap(
		await supabase
			.from('members')
			.select(
				'organizations!members_org_id_fkey!inner(id, name, slug, currency), roles!members_role_fkey(key, role_permissions(resource, action, scope))'
			)
			.eq('user_id', userId)
			.eq('status', 'active')
			.eq('organizations.slug', slug)
			.maybeSingle()
	);
	if (!member) return null;
	return { org: member.organizations, roleKey: member.roles?.key ?? '', access: accessMap(member.roles?.role_permissions ?? []) };
}

/** Says why a workspace stays closed, or leads to what opens it. */
async function refuse(event: Opening): Promise<never> {
	const mine = unwrap(await event.locals.supabase.rpc('my_workspaces')).find(({ slug }) => slug === event.params.org);
	switch (mine?.state) {
		case 'second_factor':
			redirect(303, `/account/second-factor?next=${encodeURIComponent(wishOf(event.url))}`);
			break;
		case 'session_too_old':
			leadToSignIn(event, 'session_ended', 'too-old');
			break;
		case 'session_ended':
			leadToSignIn(event, 'session_ended');
			break;
		case 'suspended':
			throw new AppError(403, 'suspended', `Your membership of ${mine.name} is suspended. Ask an admin of the workspace.`);
		case 'workspace_suspended':
			throw new AppError(403, 'workspace_suspended', `${mine.name} is suspended. Its owner can tell you more.`);
	}
	throw new AppError(404, 'not_found', 'There is no such workspace, or you are not a member of it.');
}

/** The ids of everybody who shares a team with the user in a workspace, the user included. */
export async function teammatesOf(supabase: Supabase, orgId: string, userId: string): Promise<string[]> {
	const seats = unwrap(await supabase.from('team_members').select('team_id, user_id').eq('org_id', orgId));
	const mine = new Set(seats.filter((seat) => seat.user_id === userId).map((seat) => seat.team_id));
	return [...new Set([userId, ...seats.filter((seat) => mine.has(seat.team_id)).map((seat) => seat.user_id)])];
}

/**
 * Which records a list should ask for, so that an index serves it: null for everybody's. Row-level security decides all the same; this only says
 * beforehand what it will say.
 */
export async function reachWithin(
	supabase: Supabase,
	{ orgId, userId, resource, scope }: { orgId: string; userId: string; resource: string; scope: Scope | undefined }
): Promise<Reach | null> {
	if (scope === 'all') return null;
	const [owners, shared] = await Promise.all([
		scope === 'team' ? teammatesOf(supabase, orgId, userId) : [userId],
		supabase.rpc('shared_with_me', { org: orgId })
	]);
	return { owners, shared: unwrap(shared).flatMap((share) => (share.resource === resource ? [share.record_id] : [])) };
}

const lastWorkspace = 'workspace';

/** Remembers where this browser was, so that `/` leads back there. */
export function rememberWorkspace(cookies: Cookies, slug: string, https: boolean): void {
	if (cookies.get(lastWorkspace) === slug) return;
	cookies.set(lastWorkspace, slug, { path: '/', httpOnly: true, sameSite: 'lax', secure: https, maxAge: 60 * 60 * 24 * 365 });
}

/**
 * Where a signed-in user starts: the workspace they were in last, else their first, on the page they chose to start on. Without one that is open to
 * them: the list of their workspaces, which says why, else `/welcome`.
 */
export async function homeOf(supabase: Supabase, cookies: Cookies): Promise<string> {
	const [openOnes, preferences] = await Promise.all([
		supabase.from('organizations').select('slug').order('created_at').order('id'),
		supabase.from('preferences').select('settings').maybeSingle()
	]);
	const workspaces = unwrap(openOnes);
	const last = workspaces.find(({ slug }) => slug === cookies.get(lastWorkspace)) ?? workspaces[0];
	if (last) return `/${last.slug}/${readPreferences(unwrap(preferences)?.settings).startPage}`;
	return unwrap(await supabase.rpc('my_workspaces')).length > 0 ? '/account/workspaces' : '/welcome';
}

/** Makes a workspace with its roles, its default pipeline and the caller as admin; returns its address. Throws AppError. */
export async function createWorkspace(supabase: Supabase, name: string, currency: string): Promise<string> {
	const made = unwrap(await supabase.rpc('create_workspace', { workspace_name: name, workspace_currency: currency }));
	return `/${made.slug}/pipeline`;
}
