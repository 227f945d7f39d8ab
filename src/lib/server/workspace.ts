import type { Cookies } from '@sveltejs/kit';
import { unwrap } from './errors';
import type { Supabase } from './supabase';

const lastWorkspace = 'workspace';

/** Remembers where this browser was, so that `/` leads back there. */
export function rememberWorkspace(cookies: Cookies, slug: string, https: boolean): void {
	if (cookies.get(lastWorkspace) === slug) return;
	cookies.set(lastWorkspace, slug, { path: '/', httpOnly: true, sameSite: 'lax', secure: https, maxAge: 60 * 60 * 24 * 365 });
}

/** Where a signed-in user starts: the workspace they were in last, else their first, else `/welcome`. */
export async function homeOf(supabase: Supabase, cookies: Cookies): Promise<string> {
	const workspaces = unwrap(await supabase.from('organizations').select('slug').order('name'));
	const last = workspaces.find(({ slug }) => slug === cookies.get(lastWorkspace)) ?? workspaces[0];
	return last ? `/${last.slug}/pipeline` : '/welcome';
}

/** Makes a workspace with its roles, its default pipeline and the caller as admin; returns its address. Throws AppError. */
export async function createWorkspace(supabase: Supabase, name: string, currency: string): Promise<string> {
	const made = unwrap(await supabase.rpc('create_workspace', { workspace_name: name, workspace_currency: currency }));
	return `/${made.slug}/pipeline`;
}
