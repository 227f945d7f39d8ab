import type { Scope } from '$lib/access/access';

/** One right of a role: what it may do, to what, and how far that reaches. */
export type Right = { resource: string; action: string; scope: Scope };

/** A row of the matrix: a resource, the actions that exist for it, and whether a right over it can be narrower than the whole workspace. */
export type MatrixRow = { resource: string; label: string; hint: string; actions: readonly string[]; scoped: boolean };

const recordActions = ['read', 'create', 'update', 'delete', 'export', 'import', 'assign'] as const;
const settingActions = ['create', 'update', 'delete'] as const;

/** Everything a role can be given, in the order of the matrix: what the database's check of role_permissions allows, no more. */
export const matrix: readonly MatrixRow[] = [
	{ resource: 'deals', label: 'Deals', hint: '', actions: recordActions, scoped: true },
	{ resource: 'companies', label: 'Companies', hint: '', actions: recordActions, scoped: true },
	{ resource: 'contacts', label: 'Contacts', hint: '', actions: recordActions, scoped: true },
	{
		resource: 'contact_private',
		label: 'Personal data of contacts',
		hint: 'Private address, mobile, birthday, notes',
		actions: ['read', 'update'],
		scoped: true
	},
	{ resource: 'analytics', label: 'Analytics', hint: '', actions: ['read'], scoped: false },
	{ resource: 'pipelines', label: 'Pipelines and stages', hint: 'Every member reads them', actions: settingActions, scoped: false },
	{
		resource: 'custom_fields',
		label: 'Fields',
		hint: 'Only admins say who reads a restricted one',
		actions: settingActions,
		scoped: false
	},
	{ resource: 'teams', label: 'Teams', hint: 'Every member reads them', actions: settingActions, scoped: false },
	{ resource: 'members', label: 'Members', hint: 'Create: invite. Every member reads them', actions: settingActions, scoped: false },
	{ resource: 'roles', label: 'Roles', hint: 'Every member reads them', actions: settingActions, scoped: false },
	{
		resource: 'organizations',
		label: 'Workspace',
		hint: 'Manage: second factor and sessions',
		actions: ['update', 'manage'],
		scoped: false
	}
];

/** The columns of the matrix. */
export const actions = ['read', 'create', 'update', 'delete', 'export', 'import', 'assign', 'manage'] as const;

export const actionLabels: Record<string, string> = {
	read: 'See',
	create: 'Create',
	update: 'Edit',
	delete: 'Delete',
	export: 'Export',
	import: 'Import',
	assign: 'Assign',
	manage: 'Manage'
};

export const scopeLabels: Record<Scope, string> = { own: 'Own', team: 'Team', all: 'All' };

/** The fields of a kind of record that a role can be kept from changing. */
export const ruledFields: Record<string, { field: string; label: string }[]> = {
	deals: [
		{ field: 'name', label: 'Name' },
		{ field: 'amount', label: 'Amount' },
		{ field: 'currency', label: 'Currency' },
		{ field: 'stage_id', label: 'Stage' },
		{ field: 'pipeline_id', label: 'Pipeline' },
		{ field: 'company_id', label: 'Company' },
		{ field: 'contact_id', label: 'Contact' },
		{ field: 'expected_close', label: 'Expected close' },
		{ field: 'closed_on', label: 'Closed on' },
		{ field: 'close_reason', label: 'Reason' },
		{ field: 'description', label: 'Description' },
		{ field: 'custom', label: 'More fields' },
		{ field: 'owner_id', label: 'Owner' }
	],
	companies: [
		{ field: 'name', label: 'Name' },
		{ field: 'domain', label: 'Website' },
		{ field: 'industry', label: 'Industry' },
		{ field: 'phone', label: 'Phone' },
		{ field: 'city', label: 'City' },
		{ field: 'country', label: 'Country' },
		{ field: 'description', label: 'Description' },
		{ field: 'custom', label: 'More fields' },
		{ field: 'owner_id', label: 'Owner' }
	],
	contacts: [
		{ field: 'first_name', label: 'First name' },
		{ field: 'last_name', label: 'Last name' },
		{ field: 'email', label: 'E-mail' },
		{ field: 'phone', label: 'Phone' },
		{ field: 'title', label: 'Title' },
		{ field: 'company_id', label: 'Company' },
		{ field: 'description', label: 'Description' },
		{ field: 'custom', label: 'More fields' },
		{ field: 'owner_id', label: 'Owner' }
	]
};

/** Whether a text is one of the scopes. */
export const isScope = (text: unknown): text is Scope => text === 'own' || text === 'team' || text === 'all';

/** The rights a posted matrix asks for: one field `resource.action` per cell, empty for none. Cells that do not exist are ignored. */
export function readMatrix(form: FormData): Right[] {
	return matrix.flatMap(({ resource, actions: offered, scoped }) =>
		offered.flatMap((action) => {
			const scope = form.get(`${resource}.${action}`);
			if (!isScope(scope)) return [];
			return [{ resource, action, scope: scoped ? scope : ('all' as const) }];
		})
	);
}

/** The fields a posted form keeps the role from changing: `rule` once per `resource.field`. */
export function readRules(form: FormData): { resource: string; field: string }[] {
	const asked = new Set(form.getAll('rule'));
	return Object.entries(ruledFields).flatMap(([resource, fields]) =>
		fields.filter(({ field }) => asked.has(`${resource}.${field}`)).map(({ field }) => ({ resource, field }))
	);
}

/** What a role may do in one line, for lists: "Sees all deals and companies, edits own ones". */
export function summary(rights: { resource: string; action: string; scope: string }[]): string {
	const of = (resource: string, action: string) => rights.find((right) => right.resource === resource && right.action === action)?.scope;
	const records = ['deals', 'companies', 'contacts'];
	const same = (action: string) => {
		const scopes = new Set(records.map((resource) => of(resource, action) ?? 'none'));
		return scopes.size === 1 ? [...scopes][0] : 'mixed';
	};
	const reach: Record<string, string> = {
		all: 'all records',
		team: 'team records',
		own: 'own records',
		mixed: 'some records',
		none: 'no records'
	};
	const settings = rights.some(({ resource }) =>
		['members', 'roles', 'teams', 'organizations', 'pipelines', 'custom_fields'].includes(resource)
	);
	return `Sees ${reach[same('read') ?? 'none']}, edits ${reach[same('update') ?? 'none']}${settings ? ', changes settings' : ''}`;
}
