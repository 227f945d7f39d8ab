import type { Resource } from '../support/furnishing.ts';
import type { Estate } from '../support/two-workspaces.ts';

// What each name that a route reads of a request means. A new name needs a line here, and a new route none unless it takes JSON or names
// something by `[id]`; tenant-routes.spec.ts fails until they are there.

/** What an id is the id of: a table, or one of what `idOf` knows besides. `{resource}` in it is each kind of record in turn. */
export type Kind = string;

/** A text for one kind of record. */
export const textFor = (text: string, resource: Resource): string => text.replace('{resource}', resource);

/** The id of something in a workspace. Throws where there is nothing of the kind. */
export function idOf(kind: Kind, { workspace, mate, rows }: Estate): string {
	const cursor = (table: string) => `${String(rows[table]?.['created_at'])}_${String(rows[table]?.['id'])}`;
	const known: Record<string, () => string> = {
		slug: () => workspace.slug,
		organizations: () => workspace.id,
		person: () => mate.id,
		admin: () => workspace.admin.id,
		pipelines: () => workspace.pipelineId,
		'open stage': () => workspace.stages[0]?.id ?? '',
		'company cursor': () => cursor('companies'),
		'contact cursor': () => cursor('contacts')
	};
	const id = known[kind]?.() ?? rows[kind]?.['id'];
	if (typeof id !== 'string' || id === '' || id.includes('undefined')) throw new Error(`there is no ${kind}`);
	return id;
}

/** Names that are ids wherever they stand, and of what. */
export const idNames: Record<string, Kind> = {
	org: 'organizations',
	org_id: 'organizations',
	workspace: 'organizations',
	after: 'company cursor',
	before: 'company cursor',
	owner: 'person',
	owner_id: 'person',
	user: 'person',
	member: 'person',
	reassign_to: 'admin',
	company: 'companies',
	company_id: 'companies',
	contact: 'contacts',
	contact_id: 'contacts',
	deal: 'deals',
	ids: 'deals',
	after_id: 'deals',
	pipeline: 'pipelines',
	pipeline_id: 'pipelines',
	stage: 'open stage',
	stage_id: 'open stage',
	role: 'roles',
	like: 'roles',
	team: 'teams',
	invitation: 'invitations',
	session: 'sessions',
	factor: 'factors',
	field: 'custom_fields'
};

/** Names that are no ids, with something that a route takes for them; null where it is left out. */
export const plainNames: Record<string, string | null> = {
	'`${resource}.${action}`': '',
	access: 'read',
	after_rank: 'a1',
	amount: '1',
	base: '', // The values before the change; the suite makes it of the others.
	birthday: '',
	by: '1',
	changes: null,
	choices: null,
	city: '',
	close_reason: '',
	closed_on: '',
	code: '123456',
	'controlName(key)': '',
	country: '',
	created_at: '',
	currency: 'EUR',
	current: 'wrong-password',
	description: 'stolen',
	domain: '',
	email: 'nobody@example.test',
	emails: 'nobody@example.test',
	expected_close: '',
	expires_at: '',
	file_name: 'stolen.csv',
	first_name: 'Stolen',
	first_row: '0',
	full_name: 'Stolen',
	home_address: '',
	industry: '',
	kind: 'text',
	kinds: 'deals,companies,contacts',
	label: 'Stolen',
	last_name: '',
	lead: 'true',
	locale: '',
	mobile: '',
	moved: '',
	name: 'Stolen',
	next: '',
	note: 'stolen',
	options: '',
	password: 'wrong-password',
	per_stage: '5',
	personal_email: '',
	phone: '',
	photo: '',
	q: '',
	qrCode: 'data:image/svg+xml,',
	query: '',
	rank: 'a1',
	reason: 'ended',
	recovery: 'aaaaa-aaaaa',
	resource: '{resource}',
	restricted: null,
	rows: '',
	rule: '',
	second_factor_required: null,
	secret: 'ABCDEFGHIJKLMNOPQRST',
	session_hours: '',
	startPage: 'pipeline',
	status: 'suspended',
	theme: 'system',
	time_zone: '',
	title: '',
	token_hash: 'f'.repeat(64),
	total_rows: '1',
	type: 'signup',
	version: '1'
};

/** Where a name means something of its own: at a door, or by the beginning of its route. */
export const idsByRoute: Record<string, Record<string, Kind>> = {
	'/[org]': { org: 'slug' },
	'/[org]/companies/[id]': { id: 'companies' },
	'?/claim /[org]/companies/[id]': { id: 'unowned companies' },
	'?/restore /[org]/companies/[id]': { id: 'trashed companies' },
	'?/claim /[org]/contacts/[id]': { id: 'unowned contacts' },
	'?/restore /[org]/contacts/[id]': { id: 'trashed contacts' },
	'?/transfer /[org]/settings': { user: 'other admin' },
	'?/join /[org]/settings/teams': { user: 'other admin' },
	'POST /api/imports/[id]/commit': { id: 'staged imports' },
	'POST /api/records/restore': { ids: 'trashed {resource}' },
	'/[org]/contacts': { after: 'contact cursor', before: 'contact cursor' },
	'/[org]/contacts/[id]': { id: 'contacts' },
	'/[org]/settings/fields/[id]': { id: 'custom_fields' },
	'/[org]/settings/roles/[id]': { id: 'roles' },
	'/account/second-factor': { id: 'factors' },
	// The token opens by itself, whoever holds it: what could be known of an invitation is its id.
	'/invite/[token]': { token: 'invitations' },
	'/api/deals/[id]': { id: 'deals' },
	'/api/imports/[id]': { id: 'imports' },
	'/api/people/[id]': { id: 'admin' },
	'/api/records': { id: '{resource}', ids: '{resource}' },
	'/api/records/shares/[id]': { id: 'share of {resource}' },
	'/auth/view-as': { org: 'slug' }
};

/** Doors at which a name is no id of anything in a workspace. */
export const plainByDoor: Record<string, string[]> = {
	// What a new workspace is to be called.
	'?/default /sign-up': ['workspace'],
	'?/default /welcome': ['workspace']
};

/** A JSON body with ids from `id`, about a kind of record where it says about which. */
export type Body = (id: (name: string) => string, resource: Resource) => object;

const deal = (id: (name: string) => string): object => ({
	name: 'Stolen',
	amount: 1,
	currency: 'EUR',
	stage_id: id('stage_id'),
	company_id: id('company_id'),
	contact_id: id('contact_id'),
	owner_id: id('owner_id'),
	expected_close: null,
	closed_on: null,
	close_reason: null,
	description: 'stolen'
});

/** The bodies that a door takes; together they hold every name that it reads. */
export const bodies: Record<string, Body[]> = {
	'POST /api/deals': [(id) => ({ org: id('org'), ...deal(id) })],
	'PATCH /api/deals/[id]': [(id) => ({ org: id('org'), version: 1, base: {}, changes: deal(id), rank: 'a1' })],
	'POST /api/imports': [
		(id, resource) => ({
			org_id: id('org_id'),
			resource,
			file_name: 'stolen.csv',
			total_rows: 1,
			options: { pipeline_id: id('pipeline_id') }
		})
	],
	'POST /api/imports/[id]/rows': [
		(id) => ({
			first_row: 0,
			rows: [
				{
					name: 'Stolen',
					company: null,
					stage_id: id('stage_id'),
					amount: null,
					currency: null,
					owner_id: id('owner_id'),
					expected_close: null,
					created_at: null
				}
			]
		})
	],
	'POST /api/records/restore': [(id, resource) => ({ resource, ids: [id('ids')] })],
	'POST /api/records/trash': [(id, resource) => ({ resource, ids: [id('ids')] })],
	'POST /api/records/shares': [
		(id, resource) => ({ resource, id: id('id'), member: id('member'), access: 'read', expires_at: null }),
		(id, resource) => ({ resource, id: id('id'), team: id('team'), access: 'read', expires_at: null })
	]
};

/**
 * Doors that do not say yes even to what is one's own, all of it or of one kind of record, and why. All others must, or what is tried would be refused before
 * the row is looked for.
 */
export const reluctant: Record<string, string> = {
	'POST /api/imports of companies': 'only deals can be imported',
	'POST /api/imports of contacts': 'only deals can be imported',
	'?/verify /account/second-factor': 'a code is missing: whose factor it is comes before that',
	'?/code /sign-in/code': 'a code is missing: whose factor it is comes before that',
	'?/remove /account/second-factor': 'only factors that were verified can be removed, and those would shut the session out',
	'?/join /invite/[token]': 'the id of an invitation is not its token',
	'?/accept /invite/[token]': 'the id of an invitation is not its token'
};

/** Doors that add what others then meet, or take away what they stand on, in the order in which they can be tried after all others. */
export const lastDoors: string[] = [
	'?/create /[org]/settings/fields',
	'?/save /[org]/settings/fields/[id]',
	'DELETE /api/records/shares/[id]',
	'POST /api/imports/[id]/cancel',
	'?/trash /[org]/contacts/[id]',
	'?/trash /[org]/companies/[id]',
	'POST /api/records/trash',
	'?/revoke /[org]/settings/members',
	'?/leave /[org]/settings/teams',
	'?/remove /[org]/settings/teams',
	'POST /auth/view-as',
	'?/role /[org]/settings/members',
	'?/status /[org]/settings/members',
	'?/remove /[org]/settings/members',
	'?/remove /[org]/settings/roles/[id]',
	'?/remove /[org]/settings/fields/[id]',
	'?/end /account/sessions',
	'?/transfer /[org]/settings',
	'?/leave /account/workspaces'
];

/** What cookies hold: ids of a workspace, in the order in which they stand there, or none. */
export const cookieIds: Record<string, Kind[]> = {
	device: [],
	theme: [],
	tz: [],
	'view-as': ['member_views', 'person', 'slug'],
	workspace: ['slug']
};
