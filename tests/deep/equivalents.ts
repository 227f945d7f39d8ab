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
		mutant: /^storage\.objects · people (remove|replace) their own photo, using: without \(bucket_id = /,
		because: 'only a row that is seen can be removed or replaced, and the policy for seeing has the same bucket'
	}
];
