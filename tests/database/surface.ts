import type { SettingsRight } from './permissions.ts';

/**
 * Everything that clients can reach, and what proves how far: a table, function, topic or bucket that is not written down here fails
 * surface.test.ts, and what is written down has to be proved by the tests that go through these lists.
 */

/** Who may: every member, admins, whoever holds the right, or nobody. */
type Whoever = 'member' | 'admin' | 'nobody' | SettingsRight;
type Rights = { select: Whoever; insert: Whoever; update: Whoever; delete: Whoever };

/**
 * Tables of the workspace that are no records (settings.test.ts). What belongs to one person is tried here by everybody else, so nobody may; what that
 * person may is told by the tests named in ownTables.
 */
export const settingsTables = {
	organizations: { select: 'member', insert: 'nobody', update: 'organizations.update', delete: 'nobody' },
	members: { select: 'member', insert: 'members.create', update: 'members.update', delete: 'members.delete' },
	roles: { select: 'member', insert: 'roles.create', update: 'roles.update', delete: 'roles.delete' },
	role_permissions: { select: 'member', insert: 'roles.update', update: 'roles.update', delete: 'roles.update' },
	field_rules: { select: 'member', insert: 'roles.update', update: 'nobody', delete: 'roles.update' },
	teams: { select: 'member', insert: 'teams.create', update: 'teams.update', delete: 'teams.delete' },
	team_members: { select: 'member', insert: 'teams.update', update: 'teams.update', delete: 'teams.update' },
	pipelines: { select: 'member', insert: 'pipelines.create', update: 'pipelines.update', delete: 'pipelines.delete' },
	stages: { select: 'member', insert: 'pipelines.update', update: 'pipelines.update', delete: 'pipelines.update' },
	custom_fields: {
		select: 'member',
		insert: 'custom_fields.create',
		update: 'custom_fields.update',
		delete: 'custom_fields.delete'
	},
	custom_field_roles: { select: 'custom_fields.update', insert: 'admin', update: 'admin', delete: 'admin' },
	invitations: { select: 'members.create', insert: 'nobody', update: 'nobody', delete: 'nobody' },
	member_views: { select: 'admin', insert: 'nobody', update: 'nobody', delete: 'nobody' },
	imports: { select: 'nobody', insert: 'nobody', update: 'nobody', delete: 'nobody' },
	import_rows: { select: 'nobody', insert: 'nobody', update: 'nobody', delete: 'nobody' },
	profiles: { select: 'member', insert: 'nobody', update: 'nobody', delete: 'nobody' },
	preferences: { select: 'nobody', insert: 'nobody', update: 'nobody', delete: 'nobody' }
} as const satisfies Record<string, Rights>;

export type SettingsTable = keyof typeof settingsTables;

/** Tables of records and what hangs on them: every cell is in matrix.test.ts. */
export const matrixTables = ['companies', 'contacts', 'deals', 'contact_private', 'custom_values', 'deal_stage_changes', 'shares'];

/** Functions on records: every cell is in matrix-functions.test.ts. */
export const matrixFunctions = [
	'newest_companies',
	'newest_contacts',
	'newest_deals',
	'search_records',
	'trash_records',
	'restore_records',
	'assign_records',
	'export_records',
	'set_custom_values',
	'who_can_see',
	'may_share',
	'shared_with_me',
	'board_deal_ids',
	'board_totals',
	'stage_import_rows',
	'commit_import'
];

/**
 * Functions on a workspace and who may call them there; `owner` means its owner alone, `maker` only whoever made the thing. Called by every role, here
 * and in another workspace (functions.test.ts).
 */
export const workspaceFunctions = {
	my_access: 'member',
	delete_stage: 'pipelines.update',
	invite_members: 'members.create',
	resend_invitation: 'members.create',
	revoke_invitation: 'members.create',
	set_role_rights: 'roles.update',
	save_custom_field: 'custom_fields.update',
	count_custom_values: 'custom_fields.delete',
	remove_member: 'members.delete',
	transfer_workspace: 'owner',
	why_not: 'admin',
	begin_view_as: 'admin',
	end_view_as: 'maker',
	cancel_import: 'maker'
} as const satisfies Record<string, Whoever | 'owner' | 'maker'>;

export type WorkspaceFunction = keyof typeof workspaceFunctions;

/** Functions about the caller alone: open to everybody who is signed in, and their stories are told where they are named. */
export const ownFunctions = {
	who_am_i: 'view-as.test.ts',
	my_workspaces: 'member-actions.test.ts',
	create_workspace: 'sign-up.test.ts',
	accept_invitation: 'invitations.test.ts',
	list_sessions: 'sessions.test.ts',
	revoke_session: 'sessions.test.ts',
	renew_recovery_codes: 'second-factor.test.ts',
	count_recovery_codes: 'second-factor.test.ts',
	use_recovery_code: 'second-factor.test.ts',
	may_give: 'escalation.test.ts'
};

/** Functions that only the app's server calls, with the secret key. */
export const serverFunctions = ['read_invitation', 'begin_sign_in', 'end_sign_in', 'note_device'];

/** Policies outside the schema public, by table: topics (matrix-live.test.ts) and files (avatars.test.ts, matrix-live.test.ts). */
export const otherPolicies = {
	'realtime.messages': ['members hear what they may know', 'members show their presence'],
	'storage.objects': [
		'people add their own photo',
		'people remove their own photo',
		'people replace their own photo',
		'people see photos of colleagues'
	]
};

/** Every bucket for files. */
export const buckets = ['avatars'];

/** The columns that clients may write at all, and whether they may delete rows: everything else is the database's own. */
export const writable: Record<string, { insert?: string; update?: string; delete: boolean }> = {
	companies: {
		insert: 'org_id name domain industry phone city country description owner_id custom',
		update: 'name domain industry phone city country description owner_id custom',
		delete: true
	},
	contact_private: {
		insert: 'org_id contact_id personal_email mobile home_address birthday note',
		update: 'personal_email mobile home_address birthday note',
		delete: true
	},
	contacts: {
		insert: 'org_id first_name last_name email phone title company_id description owner_id custom',
		update: 'first_name last_name email phone title company_id description owner_id custom',
		delete: true
	},
	custom_field_roles: { insert: 'org_id field_id role_id may_edit', update: 'may_edit', delete: true },
	custom_fields: {
		insert: 'org_id resource key label kind choices restricted position',
		update: 'label choices restricted position',
		delete: true
	},
	custom_values: {
		insert: 'org_id resource record_id field_id text_value number_value date_value',
		update: 'text_value number_value date_value',
		delete: true
	},
	deal_stage_changes: { delete: false },
	deals: {
		insert:
			'org_id name amount currency pipeline_id stage_id company_id contact_id rank expected_close closed_on close_reason description owner_id custom',
		update:
			'name amount currency pipeline_id stage_id company_id contact_id rank expected_close closed_on close_reason description owner_id custom',
		delete: true
	},
	field_rules: { insert: 'org_id role_id resource field', delete: true },
	import_rows: { delete: false },
	imports: { insert: 'org_id resource file_name total_rows options', delete: false },
	invitations: { delete: false },
	member_views: { delete: false },
	members: { insert: 'org_id user_id role_id status', update: 'role_id status', delete: true },
	organizations: { update: 'name currency second_factor_required session_hours', delete: false },
	pipelines: { insert: 'org_id name position is_default', update: 'name position is_default', delete: true },
	preferences: { insert: 'settings', update: 'settings', delete: false },
	profiles: { update: 'full_name title phone time_zone locale photo_path', delete: false },
	role_permissions: { insert: 'org_id role_id resource action scope', update: 'scope', delete: true },
	roles: { insert: 'org_id name description second_factor_required', update: 'name description second_factor_required', delete: true },
	shares: { insert: 'org_id resource record_id user_id team_id access expires_at', update: 'access expires_at', delete: true },
	stages: { insert: 'org_id pipeline_id name kind probability position', update: 'name probability position', delete: true },
	team_members: { insert: 'org_id team_id user_id is_lead', update: 'is_lead', delete: true },
	teams: { insert: 'org_id name', update: 'name', delete: true }
};

/** The columns that no client reads. */
export const hiddenColumns = ['invitations.token_hash', 'member_views.session_id'];
