import type { AccessMap } from '$lib/access/access';
import type { Findable } from './search';

/**
 * What an empty list says to a member whose role reaches some records only: that there may be others, so nobody takes the workspace for empty. Null for
 * whoever reads all of them.
 */
export function narrowReach(access: AccessMap, resource: Findable): { title: string; text: string } | null {
	const scope = access[resource]?.['read'];
	if (scope === undefined || scope === 'all') return null;
	const owned = scope === 'own' ? 'you own' : 'you or your teams own';
	return {
		title: `No ${resource} for you yet`,
		text: `Your role shows you the ${resource} that ${owned}, and those that are shared with you. There may be others.`
	};
}
