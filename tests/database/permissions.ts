/**
 * The permission table: what each role may do, written down independently of the migrations. The matrix of tests is generated
 * from it, and the four predefined roles of a new workspace must be exactly this.
 */
export type Scope = 'own' | 'team' | 'all';
export type RecordTable = 'companies' | 'contacts' | 'deals';
export type RecordAction = 'read' | 'create' | 'update' | 'delete' | 'export' | 'import' | 'assign';
export type SettingsRight =
	| `${'members' | 'roles' | 'teams' | 'pipelines' | 'custom_fields'}.${'create' | 'update' | 'delete'}`
	| 'organizations.update'
	| 'organizations.manage';

export type Role = {
	/** The same on all three record tables. A missing action is forbidden. */
	records: Partial<Record<RecordAction, Scope>>;
	/** Personal data of contacts. */
	contactPrivate?: { read: Scope; update: Scope };
	/** What the matrix's world opens restricted fields for: the admin needs no row, the others get one. */
	restrictedFields?: 'read' | 'edit';
	settings: SettingsRight[];
	analytics: boolean;
};

export const recordTables = ['companies', 'contacts', 'deals'] as const satisfies RecordTable[];

const everything = { read: 'all', create: 'all', update: 'all', delete: 'all', export: 'all', import: 'all', assign: 'all' } as const;

export const predefinedRoles = {
	admin: {
		records: everything,
		contactPrivate: { read: 'all', update: 'all' },
		restrictedFields: 'edit',
		settings: [
			'organizations.update',
			'organizations.manage',
			'members.create',
			'members.update',
			'members.delete',
			'roles.create',
			'roles.update',
			'roles.delete',
			'teams.create',
			'teams.update',
			'teams.delete',
			'pipelines.create',
			'pipelines.update',
			'pipelines.delete',
			'custom_fields.create',
			'custom_fields.update',
			'custom_fields.delete'
		],
		analytics: true
	},
	manager: {
		records: everything,
		contactPrivate: { read: 'all', update: 'all' },
		restrictedFields: 'read',
		settings: [],
		analytics: true
	},
	sales: {
		records: { read: 'all', create: 'team', update: 'team', export: 'own', import: 'team', assign: 'team' },
		contactPrivate: { read: 'own', update: 'own' },
		restrictedFields: 'edit',
		settings: [],
		analytics: true
	},
	viewer: { records: { read: 'all' }, settings: [], analytics: true }
} as const satisfies Record<string, Role>;

/** Roles a workspace might add: every scope in every action, and none at all. */
export const customRoles = {
	'owner of own': { records: { read: 'own', create: 'own', update: 'own', delete: 'own' }, settings: [], analytics: false },
	'team player': {
		records: { read: 'team', create: 'team', update: 'team', delete: 'team' },
		restrictedFields: 'edit',
		settings: [],
		analytics: false
	},
	'reads team, edits own': { records: { read: 'team', create: 'own', update: 'own' }, settings: [], analytics: false },
	'edits more than it reads': {
		records: { read: 'own', create: 'all', update: 'all', delete: 'all' },
		restrictedFields: 'edit',
		settings: [],
		analytics: false
	},
	'gives away own': {
		records: { read: 'own', create: 'own', update: 'own', assign: 'all', export: 'own', import: 'all' },
		contactPrivate: { read: 'team', update: 'own' },
		restrictedFields: 'read',
		settings: [],
		analytics: false
	},
	'hands out': {
		records: { read: 'all', update: 'own', export: 'team', assign: 'all' },
		contactPrivate: { read: 'all', update: 'all' },
		settings: [],
		analytics: false
	},
	'only assigns': { records: { read: 'all', assign: 'all' }, settings: [], analytics: false },
	'nobody in particular': { records: {}, restrictedFields: 'edit', settings: [], analytics: false }
} as const satisfies Record<string, Role>;

export const roles: Record<string, Role> = { ...predefinedRoles, ...customRoles };

/** Whose row it is, seen from the member who acts. Shared rows are another member's. */
export const rowKinds = [
	'own',
	"teammate's",
	"other member's",
	'unowned',
	"other tenant's",
	'shared to read',
	'shared to edit',
	'shared with the team to read',
	'shared with the team to edit',
	'shared until yesterday',
	'shared with somebody else'
] as const;
export type RowKind = (typeof rowKinds)[number];

/** The kinds that differ by owner alone: what a new row can be, and whom a row can be given to. */
export const ownerKinds = ['own', "teammate's", "other member's", 'unowned', "other tenant's"] as const satisfies RowKind[];
export type OwnerKind = (typeof ownerKinds)[number];

/** Whose a row of that kind is. */
export const ownerOfKind = (row: RowKind): OwnerKind => ownerKinds.find((kind) => kind === row) ?? "other member's";

const sharing: Partial<Record<RowKind, 'read' | 'edit'>> = {
	'shared to read': 'read',
	'shared to edit': 'edit',
	'shared with the team to read': 'read',
	'shared with the team to edit': 'edit'
};

/** Whether a scope reaches a row, shares aside. */
export function reaches(scope: Scope | undefined, row: RowKind): boolean {
	const owner = ownerOfKind(row);
	if (scope === undefined || owner === "other tenant's") return false;
	if (scope === 'all') return true;
	return owner === 'own' || (scope === 'team' && owner === "teammate's");
}

/** Whether a member with the role may do an action on a row: by scope, or by a share of what the role may do at all. */
export function may({ records }: Role, action: RecordAction, row: RowKind): boolean {
	if (reaches(records[action], row)) return true;
	if (action === 'read') return records.read !== undefined && sharing[row] !== undefined;
	return action === 'update' && records.update !== undefined && sharing[row] === 'edit';
}

/** Whether a row can be changed and keep its owner. An unowned one may be touched by whoever may claim it, and left to nobody by whoever may assign it so. */
export const mayEdit = (role: Role, row: RowKind): boolean =>
	may(role, 'read', row) &&
	(may(role, 'update', row) || (row === 'unowned' && role.records.update !== undefined && reaches(role.records.assign, row)));

/** Whether a row can be given to somebody, by function: the row as it is, and the owner it gets. A share counts for seeing it only. */
export function mayGive(role: Role, row: RowKind, to: OwnerKind): boolean {
	const { update, assign } = role.records;
	const claims = row === 'unowned' && update !== undefined;
	return may(role, 'read', row) && (reaches(update, row) || claims) && (reaches(update, to) || reaches(assign, to));
}

/** Whether personal data of a contact is open: the right to it goes by the owner, and the contact must be seen. */
export const mayKnow = (role: Role, action: 'read' | 'update', row: RowKind): boolean =>
	may(role, 'read', row) && reaches(role.contactPrivate?.[action], row);

/** Whether a restricted value of a row is open: the field to the role, and the record. */
export const mayKnowField = (role: Role, action: 'read' | 'update', row: RowKind): boolean =>
	role.restrictedFields !== undefined &&
	may(role, 'read', row) &&
	(action === 'read' || (role.restrictedFields === 'edit' && may(role, 'update', row)));

/** Whether a row may be shared with others: seen and changed by the role itself. */
export const mayShare = ({ records }: Role, row: RowKind): boolean => reaches(records.read, row) && reaches(records.update, row);

/** Whether the role reads everything, and so listens to the whole workspace. */
export const readsEverything = ({ records }: Role): boolean => records.read === 'all';
