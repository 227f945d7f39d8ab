import Building2 from '@lucide/svelte/icons/building-2';
import SquareKanban from '@lucide/svelte/icons/square-kanban';
import UsersRound from '@lucide/svelte/icons/users-round';
import { may, type AccessMap } from '$lib/access/access';

/** The places of a workspace, in the order of the sidebar. `resource` is the right that shows them. */
const places = [
	{ path: 'pipeline', resource: 'deals', label: 'Pipeline', icon: SquareKanban, keys: 'g p', create: { label: 'New deal', keys: 'n d' } },
	{
		path: 'companies',
		resource: 'companies',
		label: 'Companies',
		icon: Building2,
		keys: 'g c',
		create: { label: 'New company', keys: 'n c' }
	},
	{
		path: 'contacts',
		resource: 'contacts',
		label: 'Contacts',
		icon: UsersRound,
		keys: 'g o',
		create: { label: 'New contact', keys: 'n o' }
	}
] as const;

export type Place = (typeof places)[number];

/** The places the member may read. */
export function readablePlaces(access: AccessMap): Place[] {
	return places.filter((place) => may(access, place.resource, 'read'));
}

/** Where a found record opens. */
export function recordHref(slug: string, resource: string, id: string): string {
	return `/${slug}/${resource === 'deals' ? 'pipeline' : resource}/${id}`;
}

/** The parts of a workspace's settings, in order; `needs` is the right without which a part is not shown at all. */
const sections: { path: string; label: string; needs?: [resource: string, action: string] }[] = [
	{ path: '', label: 'General' },
	{ path: 'members', label: 'Members' },
	{ path: 'teams', label: 'Teams' },
	{ path: 'roles', label: 'Roles' },
	{ path: 'fields', label: 'Fields' },
	{ path: 'security', label: 'Security' }
];

/** The parts of the settings this member is shown. */
export function settingsSections(access: AccessMap) {
	return sections.filter(({ needs }) => !needs || may(access, ...needs));
}
