/**
 * Who may do what, written down a second time without looking at the database: small numbers stand for workspaces, people, roles, teams and records.
 * What this file says and what the policies, functions and messages do must never differ (access-model.test.ts).
 */

export const tables = ['companies', 'contacts', 'deals'] as const;
export type Table = (typeof tables)[number];
export const actions = ['read', 'create', 'update', 'delete', 'export', 'assign'] as const;
export type Action = (typeof actions)[number];
export type Scope = 'own' | 'team' | 'all';
export type Right = `${Table | 'contact_private'}.${Action}`;

/** A record as it was made: its owner may change, the rest stays. */
export type Made = { table: Table; org: number };

export const counts = { orgs: 2, people: 6, roles: 4, teams: 2 } as const;
/** Two workspaces with records of each kind; person 0 is admin (role 0) of both for good. */
export const made: Made[] = [0, 1].flatMap((org) =>
	tables.flatMap((table) =>
		org === 0
			? [
					{ table, org },
					{ table, org }
				]
			: [{ table, org }]
	)
);

export type Share = { record: number; user: number | null; team: number | null; access: 'read' | 'edit'; over: boolean };
export type State = {
	/** By workspace and person. */
	seats: ({ role: number; active: boolean } | null)[][];
	/** By workspace and role; role 0 may everything. */
	rights: Partial<Record<Right, Scope>>[][];
	/** By workspace and team: who is in it. */
	teams: Set<number>[][];
	owners: (number | null)[];
	shares: Share[];
	/** By workspace, and by workspace and role: whether sessions need a second factor. */
	demands: boolean[];
	roleDemands: boolean[][];
	/** By workspace: whether it is open at all. */
	open: boolean[];
};

/** Who asks: a person, in a session with or without a second factor. */
export type Asker = { person: number; strong: boolean };

const each = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

export function firstState(): State {
	const everything = Object.fromEntries(
		[...tables, 'contact_private'].flatMap((resource) => actions.map((action) => [`${resource}.${action}`, 'all' as const]))
	);
	return {
		seats: each(counts.orgs, () => each(counts.people, (person) => (person === 0 ? { role: 0, active: true } : null))),
		rights: each(counts.orgs, () => each(counts.roles, (role) => (role === 0 ? everything : {}))),
		teams: each(counts.orgs, () => each(counts.teams, () => new Set<number>())),
		owners: made.map(() => null),
		shares: [],
		demands: each(counts.orgs, () => false),
		roleDemands: each(counts.orgs, () => each(counts.roles, () => false)),
		open: each(counts.orgs, () => true)
	};
}

/** One workspace, record, … of a list that has it. */
export function at<T>(list: T[], index: number): T {
	const found = list[index];
	if (found === undefined) throw new Error(`nothing at ${index}`);
	return found;
}

export const seat = (state: State, org: number, person: number) => at(at(state.seats, org), person);
export const isActive = (state: State, org: number, person: number): boolean => seat(state, org, person)?.active === true;

/** Whether the workspace is open to the asker. */
export function isIn(state: State, { person, strong }: Asker, org: number): boolean {
	const held = seat(state, org, person);
	if (!held?.active || !at(state.open, org)) return false;
	return strong || !(at(state.demands, org) || at(at(state.roleDemands, org), held.role));
}

function scopeOf(state: State, asker: Asker, org: number, right: Right): Scope | undefined {
	const held = seat(state, org, asker.person);
	return held && isIn(state, asker, org) ? at(at(state.rights, org), held.role)[right] : undefined;
}

function reaches(state: State, scope: Scope | undefined, org: number, person: number, owner: number | null): boolean {
	if (scope === 'all') return true;
	if (scope === undefined || owner === null) return false;
	if (owner === person) return true;
	return scope === 'team' && at(state.teams, org).some((team) => team.has(person) && team.has(owner));
}

/** Whether a right reaches a record with that owner, shares aside. */
export function byRole(
	state: State,
	asker: Asker,
	record: number,
	action: Action,
	owner: number | null = at(state.owners, record)
): boolean {
	const { table, org } = at(made, record);
	return reaches(state, scopeOf(state, asker, org, `${table}.${action}`), org, asker.person, owner);
}

export const holds = (state: State, asker: Asker, record: number, action: Action): boolean =>
	scopeOf(state, asker, at(made, record).org, `${at(made, record).table}.${action}`) !== undefined;

/** Whether a share brings a record within reach of reading or updating. */
export function byShare(state: State, asker: Asker, record: number, action: 'read' | 'update'): boolean {
	const { org } = at(made, record);
	return (
		holds(state, asker, record, action) &&
		state.shares.some(
			(share) =>
				share.record === record &&
				!share.over &&
				(action === 'read' || share.access === 'edit') &&
				(share.user === asker.person || (share.team !== null && at(at(state.teams, org), share.team).has(asker.person)))
		)
	);
}

export const reads = (state: State, asker: Asker, record: number): boolean =>
	byRole(state, asker, record, 'read') || byShare(state, asker, record, 'read');

/** The row as it is: within the update scope, shared to edit, or unowned and so to be claimed. */
const mayTouch = (state: State, asker: Asker, record: number): boolean =>
	byRole(state, asker, record, 'update') ||
	byShare(state, asker, record, 'update') ||
	(at(state.owners, record) === null && holds(state, asker, record, 'update'));

/** The row as it becomes, shares aside. */
const mayLeaveWith = (state: State, asker: Asker, record: number, owner: number | null): boolean =>
	byRole(state, asker, record, 'update', owner) || byRole(state, asker, record, 'assign', owner);

export const edits = (state: State, asker: Asker, record: number): boolean =>
	reads(state, asker, record) &&
	mayTouch(state, asker, record) &&
	(mayLeaveWith(state, asker, record, at(state.owners, record)) || byShare(state, asker, record, 'update'));

export type Gift = 'done' | 'blocked' | 'inactive';

/** What becomes of giving a record to somebody by a plain update. */
export function patches(state: State, asker: Asker, record: number, to: number | null): Gift {
	const owner = at(state.owners, record);
	if (to === owner) return edits(state, asker, record) ? 'done' : 'blocked';
	if (!reads(state, asker, record) || !mayTouch(state, asker, record)) return 'blocked';
	if (to !== null && !isActive(state, at(made, record).org, to)) return 'inactive';
	const viaRole = owner === null || byRole(state, asker, record, 'update');
	const stillSeen = byRole(state, asker, record, 'read', to) || byShare(state, asker, record, 'read');
	return viaRole && mayLeaveWith(state, asker, record, to) && stillSeen ? 'done' : 'blocked';
}

/** What becomes of giving a record to somebody by function. */
export function assigns(state: State, asker: Asker, record: number, to: number | null): Gift {
	const owner = at(state.owners, record);
	const claims = owner === null && holds(state, asker, record, 'update');
	const asked = to !== owner && reads(state, asker, record) && (byRole(state, asker, record, 'update') || claims);
	if (!asked || !mayLeaveWith(state, asker, record, to)) return 'blocked';
	return to === null || isActive(state, at(made, record).org, to) ? 'done' : 'inactive';
}

export const mayShare = (state: State, asker: Asker, record: number): boolean =>
	byRole(state, asker, record, 'update') && byRole(state, asker, record, 'read');

/** Whether a contact's personal data is open for reading. */
export function knows(state: State, asker: Asker, record: number): boolean {
	const { org } = at(made, record);
	return (
		reads(state, asker, record) &&
		reaches(state, scopeOf(state, asker, org, 'contact_private.read'), org, asker.person, at(state.owners, record))
	);
}

/** Whether a member listens on a topic of their own: their role reads less than everything. */
export const isNarrow = (state: State, org: number, person: number): boolean => {
	const held = seat(state, org, person);
	return held !== null && tables.some((table) => at(at(state.rights, org), held.role)[`${table}.read`] !== 'all');
};
