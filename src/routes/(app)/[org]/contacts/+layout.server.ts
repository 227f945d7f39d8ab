import { may } from '$lib/access/access';
import { findContacts, listContacts } from '$lib/contacts/queries';
import { forPage } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { openWorkspace, reachWithin } from '$lib/server/workspace';
import type { LayoutServerLoad } from './$types';

/** The list behind the panel; it stays while panels open and close. */
export const load: LayoutServerLoad = async (event) => {
	const user = requireUser(event);
	const { supabase } = event.locals;
	event.depends('app:contacts');
	const query = event.url.searchParams.get('q')?.trim().slice(0, 100) ?? '';
	const [after, before] = [event.url.searchParams.get('after'), event.url.searchParams.get('before')];

	return forPage(async () => {
		const { org, access } = await openWorkspace(event);
		if (!may(access, 'contacts', 'read'))
			throw new AppError(403, 'forbidden', 'Your role does not include contacts. Ask an admin of the workspace.');
		if (query) return { query, list: await findContacts(supabase, org.id, query) };
		const scope = access['contacts']?.['read'];
		const reach = await reachWithin(supabase, { orgId: org.id, userId: user.id, resource: 'contacts', scope });
		return { query, list: { ...(await listContacts(supabase, { orgId: org.id, reach, after, before })), cut: false } };
	});
};
