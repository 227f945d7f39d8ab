import type { Mutant } from './mutants.ts';

/** A test file of tests/database to run against a mutant; `only` narrows it by the names of tests. */
export type Look = { file: string; only?: string };

const records = /^public\.(companies|contacts|deals|contact_private|custom_values|deal_stage_changes|shares)$/;

/** By what a mutant is about: the files that tell its stories, the likeliest to notice first, and of those the quickest. */
const stories: [RegExp, string[]][] = [
	[
		/^public\.(companies|contacts|deals|deal_stage_changes)$/,
		[
			'scopes',
			'records',
			'references',
			'field-rules',
			'shares',
			'stages',
			'custom-values',
			'contact-private',
			'restricted-fields',
			'custom-fields',
			'live'
		]
	],
	[/^public\.contact_private$/, ['contact-private', 'live']],
	[/^public\.custom_values$/, ['restricted-fields', 'custom-values', 'custom-fields', 'live']],
	[/^public\.shares$/, ['shares', 'explain', 'board', 'live']],
	[
		/^(shared_ids|may_on|shareable_ids|org_of_readable|keep_shared_owner|end_shares|may_share|shared_with_me)$/,
		['shares', 'explain', 'board']
	],
	[/^(private_contacts)$/, ['contact-private']],
	[
		/custom|restrict|open_fields|are_choices|set_apart|count_values|begin_move|keep_fields_few/,
		['custom-fields', 'settings', 'restricted-fields', 'custom-values', 'live', 'functions']
	],
	[/^(keep_ruled_fields|public\.field_rules)$/, ['field-rules', 'settings', 'live']],
	[/^(set_trashed|trash_records|restore_records|assign_records|export_records)$/, ['records', 'scopes', 'export', 'shares']],
	[/^(orgs_where|readable_owners|scope_of|reach|matching_companies)$/, ['scopes', 'shares', 'board', 'lists', 'export']],
	[/^(board_|search_|newest_|many_newest_)/, ['board', 'lists', 'lists-window', 'shares']],
	[
		/^(check_owner|check_membership|check_company_reference|check_contact_reference)$/,
		['references', 'scopes', 'second-factor', 'records']
	],
	[/^(delete_stage)$/, ['stages', 'field-rules', 'functions']],
	[/invit|public\.invitations/, ['invitations', 'functions', 'settings', 'live']],
	[
		/^(remove_member|transfer_workspace|my_workspaces|keep_an_admin|session_young)$|public\.(members|organizations)/,
		['escalation', 'member-actions', 'admins', 'settings', 'second-factor', 'strangers', 'live', 'invitations', 'functions']
	],
	[
		/^(admin_roles|kept_roles|role_exceeds|admin_orgs|my_roles|my_staff|my_orgs)$/,
		['escalation', 'settings', 'field-rules', 'member-actions', 'view-as', 'avatars']
	],
	[/public\.role_permissions|set_role_rights/, ['escalation', 'settings', 'member-actions', 'live', 'functions']],
	[
		/public\.(roles|teams|team_members|pipelines|stages)/,
		['settings', 'escalation', 'member-actions', 'own-rows', 'live', 'stages', 'functions']
	],
	[/public\.(profiles|preferences)/, ['own-rows', 'strangers', 'view-as', 'settings', 'avatars', 'functions']],
	[
		/^(check_role_demand|keep_role_names|check_demands|session_satisfies|session_lives|memberships|my_access)$/,
		['second-factor', 'member-actions', 'escalation', 'scopes', 'view-as', 'functions']
	],
	[/recovery|check_session|list_sessions|revoke_session|viewed_org|actor/, ['second-factor', 'sessions', 'view-as', 'sign-up']],
	[/view|check_request|who_am_i/, ['view-as', 'second-factor', 'strangers', 'sign-up', 'settings', 'functions']],
	[/^(who_can_see|why_not|reason_of|record_for_reader)$/, ['explain', 'functions']],
	[
		/^(announce|tell|onlookers|narrow_roles|reads_everything|shared_among|may_join)|realtime/,
		['live', 'live-topics', 'view-as', 'second-factor']
	],
	[/import/, ['imports', 'settings', 'own-rows', 'functions']],
	[/sign_in|note_device/, ['sign-in-security', 'view-as']],
	[/storage|photo_bucket|has_photo_room/, ['avatars']],
	[/^(known|remember|forget)_orgs$/, ['strangers', 'stranger-work', 'avatars', 'live', 'sign-up']],
	[/create_workspace/, ['sign-up']],
	[/accept_invitation/, ['invitations']]
];

/** By what a mutant is about: the parts of the matrices that it is in. */
const matrices: [RegExp, string[]][] = [
	[records, ['matrix', 'matrix-functions', 'matrix-live']],
	[/^(announce|tell|onlookers|narrow_roles|reads_everything|shared_among|may_join)|realtime|storage/, ['matrix-live']],
	[
		/^(shared_|may_on|shareable_ids|org_of_readable|keep_shared_owner|private_contacts|custom_value_orgs|open_fields|orgs_where|readable_owners|memberships|keep_ruled_fields|view_of)/,
		['matrix', 'matrix-functions', 'matrix-live']
	],
	[
		/^(set_trashed|trash_|restore_|set_custom_values|set_restricted_value|assign_|export_|board_|search_|newest_|reach$|scope_of|who_can_see|reason_of|may_share|import|.*import)/,
		['matrix-functions']
	]
];

/**
 * Where to look for somebody who notices. One file after the other, since of several the test runner begins with the slowest. The matrices are long: they
 * come early for policies only, which are what they are made of.
 */
export function looksFor({ about, kind, text }: Mutant): Look[] {
	// The same policy on every table: nobody but strangers notices, and those by the clock; so that it stands there is a rule.
	if (text.includes('strangers are turned away first')) return [{ file: 'lints' }];
	const told = (map: [RegExp, string[]][]) => map.filter(([pattern]) => pattern.test(about)).flatMap(([, files]) => files);
	const [likeliest, ...others] = told(stories);
	const isPolicy = kind === 'policy';
	const files = [
		// Every grant is declared there.
		...(kind === 'grant' ? ['surface'] : []),
		// The triggers that announce a change have the one number, those that count versions, which is a rule, the other.
		...(/_80_\w+ gone$/.test(text) ? ['live'] : []),
		...(/_90_touch gone$/.test(text) ? ['lints'] : []),
		...(likeliest ? [likeliest] : []),
		...(isPolicy ? [...told(matrices), 'strangers', ...others] : [...others, ...told(matrices)]),
		'surface',
		// Asks another program, which takes its time.
		'lints'
	];
	// What is true of one record table is true of the others.
	const table = /contact/.test(about) ? 'contacts' : /companies/.test(about) ? 'companies' : 'deals';
	return [...new Set(files)].map((file) => (/^matrix(-functions)?$/.test(file) ? { file, only: `· ${table}` } : { file }));
}
