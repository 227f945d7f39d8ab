import type { Member } from './workspace';

/** One tab, as presence tells it: ids only. */
type Tab = { user: string; page: string };

/** A colleague who has the workspace open now, and the page they look at. */
export type PersonHere = { userId: string; name: string; photo?: string | null; where: string };

/** A map, because anybody may write any name here: an object would know `constructor` too. */
const pages = new Map([
	['pipeline', 'on the pipeline'],
	['companies', 'in companies'],
	['contacts', 'in contacts'],
	['import', 'importing deals']
]);

/** Everybody else who is here, once each, by name. Names come from the members, never from what a tab claims; strangers are not shown. */
export function whoIsHere(tabs: readonly Tab[], members: readonly Member[], me: string): PersonHere[] {
	const byId = new Map(members.filter((member) => member.status === 'active').map((member) => [member.userId, member]));
	const people = new Map<string, PersonHere>();
	for (const tab of tabs) {
		const member = byId.get(tab.user);
		if (!member || tab.user === me || people.has(tab.user)) continue;
		people.set(tab.user, { userId: tab.user, name: member.name, photo: member.photo, where: pages.get(tab.page) ?? 'here' });
	}
	return [...people.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
