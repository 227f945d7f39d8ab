import ArrowRight from '@lucide/svelte/icons/arrow-right';
import ArrowRightLeft from '@lucide/svelte/icons/arrow-right-left';
import Plus from '@lucide/svelte/icons/plus';
import Settings from '@lucide/svelte/icons/settings';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import UserRound from '@lucide/svelte/icons/user-round';
import type { Component } from 'svelte';
import { goto } from '$app/navigation';
import { may } from '$lib/access/access';
import { readablePlaces, settingsSections } from './navigation';
import { setTheme } from './theme';
import type { WorkspaceData } from './workspace';

/** Something the palette can do. */
export type Command = {
	group: 'Go to' | 'Create' | 'Settings' | 'Workspaces' | 'Theme';
	label: string;
	icon: Component<{ size?: number }>;
	keys?: string;
	run: () => void;
};

/** Everything this member may do from the palette. */
export function commandsFor({ org, access, workspaces }: WorkspaceData): Command[] {
	const places = readablePlaces(access);
	return [
		...places.map(({ path, label, keys, icon }): Command => ({
			group: 'Go to',
			label,
			icon,
			keys,
			run: () => void goto(`/${org.slug}/${path}`)
		})),
		...places
			.filter(({ resource }) => may(access, resource, 'create'))
			.map(({ path, create }): Command => ({
				group: 'Create',
				label: create.label,
				icon: Plus,
				keys: create.keys,
				run: () => void goto(`/${org.slug}/${path}/new`)
			})),
		...workspaces
			.filter(({ slug }) => slug !== org.slug)
			.map(({ slug, name }): Command => ({
				group: 'Workspaces',
				label: `Switch to ${name}`,
				icon: ArrowRightLeft,
				run: () => void goto(`/${slug}/pipeline`)
			})),
		...settingsSections(access).map(({ path, label }): Command => ({
			group: 'Settings',
			label: `Settings: ${label.toLowerCase()}`,
			icon: Settings,
			run: () => void goto(`/${org.slug}/settings${path ? `/${path}` : ''}`)
		})),
		{ group: 'Workspaces', label: 'New workspace', icon: ArrowRight, run: () => void goto('/welcome') },
		{ group: 'Go to', label: 'Your account', icon: UserRound, run: () => void goto('/account') },
		{ group: 'Theme', label: 'Light theme', icon: SunMoon, run: () => setTheme('light') },
		{ group: 'Theme', label: 'Dark theme', icon: SunMoon, run: () => setTheme('dark') },
		{ group: 'Theme', label: 'Theme of the system', icon: SunMoon, run: () => setTheme('system') }
	];
}
