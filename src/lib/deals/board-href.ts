/** The address of the board or of one of its panels, with the filters of the present one; in `more`, an empty value takes a filter away. */
export function boardHref(slug: string, present: URLSearchParams, panel?: string, more: Record<string, string> = {}): string {
	const query = new URLSearchParams();
	for (const name of ['pipeline', 'owner', 'q']) {
		const value = present.get(name);
		if (value) query.set(name, value);
	}
	for (const [name, value] of Object.entries(more)) {
		if (value) query.set(name, value);
		else query.delete(name);
	}
	const text = query.toString();
	return `/${slug}/pipeline${panel ? `/${panel}` : ''}${text ? `?${text}` : ''}`;
}
