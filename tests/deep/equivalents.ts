/** Mutants that change nothing anybody could see, each with the reason: they are neither tried nor counted. */
export const equivalents: { mutant: RegExp; because: string }[] = [
	{
		mutant:
			/^public\.deal_stage_changes · whoever reads a deal reads its way, using: without \(org_id = ANY .*'deals'::text, 'read'::text, 'all'/,
		because: 'a short cut for who reads every deal: the other half asks the policies of deals, which say the same'
	},
	{
		mutant: /^public\.imports · members who may import begin one, with check: without \(created_by =/,
		because: 'nobody may send created_by, and its default is the caller'
	},
	{
		mutant: /^public\.roles · admins add roles, with check: without \(NOT is_system\)/,
		because: 'nobody may send is_system, and it is false by default'
	},
	{
		mutant: /^storage\.objects · people (remove|replace) their own photo, using: without \(bucket_id = /,
		because: 'only a row that is seen can be removed or replaced, and the policy for seeing has the same bucket'
	},
	{
		mutant: /^memberships without \(\(NOT \(o\.second_factor_required OR r\.second_factor_required\)\) AND \(o\.session_hours IS NULL\)\)$/,
		because:
			'a short cut where nothing is demanded: sessions that do not even satisfy that are refused by check_request, may_join and photo_bucket'
	},
	{
		mutant: /^keep_shared_owner never "if old\.id not in \(select private\.shared_ids/,
		because: 'a short cut: of a record that is not shared the policies ask the same two questions, and refuse in the same words'
	},
	{
		mutant: /^shared_among "s\.expires_at > now\(\)" as "true"/,
		because: 'a short cut: announce_shared, which is asked with these ids, leaves out the shares that have ended'
	},
	{
		mutant: /^announce never "if cardinality\(narrow_roles\) = 0 then"$/,
		because: 'a short cut: where no role reads less than everything there are no onlookers'
	},
	{
		mutant: /^board_(deal_ids|totals) never "if cardinality\(owners\) = 0 and cardinality\(shared\) = 0 then"$/,
		because: 'a short cut, and no time for strangers to measure: no deal is of no owner and among none that are shared'
	},
	{
		mutant: /^newest_(companies|contacts|deals) never "if (cardinality\(owners\) > 5|missing = 0|not found) then"$/,
		because:
			'short cuts: the newest of each owner are the same rows, none is missing from a full page, and nothing is older than the last row'
	},
	{
		mutant: /^viewed_org never "if strpos\(claims, '"view_org"'\) = 0 then"$/,
		because: 'a short cut: claims without that word have no such claim'
	},
	{
		mutant: /^known_orgs never "if noted <> '' then"$/,
		because: 'a short cut: what was noted for this request is what would be looked up again'
	}
];
