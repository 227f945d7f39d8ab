/**
 * The permission table: what each role may do, written down independently of the migrations. The matrix of tests is generated
 * from it, and the four predefined roles of a new workspace must be exactly this.
 */
export type Scope = 'own' | 'team' | 'all';
export type RecordTable = 'companies' | 'contacts' | 'deals';
export type RecordAction = 'read' | 'create' | 'update' | 'delete' | 'import' | 'assign';
export type SettingsRight = `${'members' | 'roles' | 'teams' | 'pipelines'}.${'create' | 'update' | 'delete'}` | 'organizations.update';

export type Role = {
	/** The same on all three record tables. A missing action is forbidden. */
	records: Partial<Record<RecordAction, Scope>>;
	settings: SettingsRight[];
	analytics: boolean;
};

export const recordTables = ['companies', 'contacts', 'deals'] as const satisfies RecordTable[];

const everything = { read: 'all', create: 'all', update: 'all', delete: 'all', import: 'all', assign: 'all' } as const;

export const predefinedRoles = {
	admin: {
		records: everything,
		settings: [
			'organizations.update',
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
			'pipelines.delete'
		],
		analytics: true
	},
	manager: { records: everything, settings: [], analytics: true },
	sales: {
		records: { read: 'all', create: 'team', update: 'team', import: 'team', assign: 'team' },
		settings: [],
		analytics: true
	},
	viewer: { records: { read: 'all' }, settings: [], analytics: true }
} as const satisfies Record<string, Role>;

/** Roles a workspace might add: every scope in every action, and none at all. */
export const customRoles = {
	'owner of own': { records: { read: 'own', create: 'own', update: 'own', delete: 'own' }, settings: [], analytics: false },
	'team player': { records: { read: 'team', create: 'team', update: 'team', delete: 'team' }, settings: [], analytics: false },
	'reads team, edits own': { records: { read: 'team', create: 'own', update: 'own' }, settings: [], analytics: false },
	'edits more than it reads': { records: { read: 'own', create: 'all', update: 'all', delete: 'all' }, settings: [], analytics: false },
	'nobody in particular': { records: {}, settings: [], analytics: false }
} as const satisfies Record<string, Role>;

export const roles: Record<string, Role> = { ...predefinedRoles, ...customRoles };

/** Whose row it is, seen from the member who acts. */
export const rowKinds = ['own', "teammate's", "other member's", 'unowned', "other tenant's"] as const;
export type RowKind = (typeof rowKinds)[number];

/** Whether a scope reaches a row. */
export function reaches(scope: Scope | undefined, row: RowKind): boolean {
	if (scope === undefined || row === "other tenant's") return false;
	if (scope === 'all') return true;
	return row === 'own' || (scope === 'team' && row === "teammate's");
}
