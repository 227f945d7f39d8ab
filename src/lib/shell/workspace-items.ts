import Building from '@lucide/svelte/icons/building';
import Plus from '@lucide/svelte/icons/plus';
import Settings from '@lucide/svelte/icons/settings';
import type { MenuItem } from '$lib/ui/menu.svelte';
import type { WorkspaceData } from './workspace';

/** The member's workspaces, the current one marked, the way to a new one, and to the settings of this one. */
export function workspaceItems({ org, workspaces }: WorkspaceData): MenuItem[] {
	return [
		...workspaces.map(({ slug, name }) => ({ label: name, href: `/${slug}/pipeline`, icon: Building, checked: slug === org.slug })),
		{ label: 'New workspace', href: '/welcome', icon: Plus },
		{ label: 'Settings', href: `/${org.slug}/settings`, icon: Settings, separator: true }
	];
}
