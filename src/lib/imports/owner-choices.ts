import type { AccessMap } from '$lib/access/access';
import type { Choice } from './field';

type Person = { userId: string; name: string; email: string; status: string };

/** To whom the person may give imported deals: everybody active, their teammates, or only themselves, as their role says. The person comes first. */
export function ownerChoices(
	members: readonly Person[],
	me: { id: string; teammates: readonly string[] },
	access: AccessMap
): { owners: Choice[]; mayLeaveUnowned: boolean } {
	const scope = access.deals?.create;
	const reach = scope === 'team' ? new Set([...me.teammates, me.id]) : new Set([me.id]);
	const owners = members
		.filter(({ userId, status }) => status === 'active' && (scope === 'all' || reach.has(userId)))
		.map(({ userId, name, email }) => ({ id: userId, label: userId === me.id ? `Me (${name})` : name, names: [email, name] }))
		.sort((a, b) => Number(b.id === me.id) - Number(a.id === me.id));
	return { owners, mayLeaveUnowned: scope === 'all' };
}
