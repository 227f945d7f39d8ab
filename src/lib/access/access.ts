/** How far a right reaches: the member's own records, their teams', or the whole workspace. */
export type Scope = 'own' | 'team' | 'all';

/** The caller's rights, `resource → action → scope`, as the database's `my_access` tells. A hint for the UI: Postgres enforces. */
export type AccessMap = Record<string, Record<string, Scope>>;

/** Who asks: their id, the ids of everybody in their teams (themselves included), and records that a share lets them edit. */
export type Asker = { id: string; teammates: string[]; sharedToEdit?: string[] };

/** True if the member may do `action` on at least some records of `resource`. */
export function may(access: AccessMap, resource: string, action: string): boolean {
	return access[resource]?.[action] !== undefined;
}

/** What can be shared: a contact's share opens the contact, not its personal data. */
const shareable = ['deals', 'companies', 'contacts'];

/** True if the member may do `action` on this record. A record that nobody owns belongs to scope "all". */
export function mayOn(
	access: AccessMap,
	asker: Asker,
	resource: string,
	action: string,
	record: { id?: string; owner_id: string | null }
): boolean {
	const scope = access[resource]?.[action];
	if (scope === 'all') return true;
	if (scope === undefined) return false;
	if (action === 'update' && shareable.includes(resource) && record.id !== undefined && asker.sharedToEdit?.includes(record.id))
		return true;
	if (record.owner_id === null) return false;
	return record.owner_id === asker.id || (scope === 'team' && asker.teammates.includes(record.owner_id));
}

/** True if nobody owns the record and the member may take it over: whoever may update at all may, but those who may anyway need not. */
export function mayClaim(access: AccessMap, resource: string, record: { owner_id: string | null }): boolean {
	const scope = access[resource]?.['update'];
	return record.owner_id === null && (scope === 'own' || scope === 'team');
}

/** Turns the rows of `my_access` into the map. */
export function accessMap(rows: { resource: string; action: string; scope: string }[]): AccessMap {
	const map: AccessMap = {};
	for (const { resource, action, scope } of rows) {
		if (scope === 'own' || scope === 'team' || scope === 'all') (map[resource] ??= {})[action] = scope;
	}
	return map;
}
