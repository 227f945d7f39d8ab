import type { ComboboxOption } from '$lib/ui/option-search.svelte';

/** A kind of record that can be found. */
export type Findable = 'deals' | 'companies' | 'contacts';

/** A record as search shows it. */
export type Found = { resource: Findable; id: string; title: string; subtitle: string };

/** Finds records of the workspace that the caller may read; of all kinds, or only of `kinds`. Throws when the server does not answer well. */
export async function searchRecords(orgId: string, query: string, kinds: Findable[] = [], signal?: AbortSignal): Promise<Found[]> {
	const params = new URLSearchParams({ org: orgId, q: query });
	if (kinds.length > 0) params.set('kinds', kinds.join(','));
	const response = await fetch(`/api/search?${params}`, { signal, headers: { accept: 'application/json' } });
	if (!response.ok) throw new Error(`Search answered ${response.status}.`);
	const { results }: { results: Found[] } = await response.json();
	return results;
}

/** A `search` for a combobox that links one kind of record. */
export function searchOptions(orgId: string, kind: Findable): (query: string, signal: AbortSignal) => Promise<ComboboxOption[]> {
	return async (query, signal) =>
		(await searchRecords(orgId, query, [kind], signal)).map(({ id, title, subtitle }) => ({ value: id, label: title, hint: subtitle }));
}

/** Puts records that are called so before those that merely mention it: "logis" means Northwind Logistics before its people's addresses. */
export function titlesFirst(found: Found[], query: string): Found[] {
	const needle = query.trim().toLowerCase();
	const called = found.filter(({ title }) => title.toLowerCase().includes(needle));
	return [...called, ...found.filter((each) => !called.includes(each))];
}
