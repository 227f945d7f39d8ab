import { z } from 'zod';
import type { Findable } from '../search';

const resource = z.enum(['deals', 'companies', 'contacts'], 'Name deals, companies or contacts.');
const id = z.guid('This is not an id.');

/** One record. */
export const recordQuestion = z.object({ resource, id });

/** A member about whom an admin asks why they cannot see a record. */
export const whyNotQuestion = recordQuestion.extend({ member: id });

/** A record shown to one member or one team, to read or to edit, for good or until a moment. */
export const shareForm = recordQuestion
	.extend({
		member: id.optional(),
		team: id.optional(),
		access: z.enum(['read', 'edit']).default('read'),
		expires_at: z.iso.datetime({ offset: true }).nullable().default(null)
	})
	.refine(({ member, team }) => (member === undefined) !== (team === undefined), 'Share with one member or one team.')
	.refine(({ expires_at }) => expires_at === null || Date.parse(expires_at) > Date.now(), {
		path: ['expires_at'],
		message: 'Choose a day that is still to come.'
	});

/** Somebody who sees a record, and why. */
export type Reader = { userId: string; name: string; role: string; reason: Reason; mayEdit: boolean };

/** Why somebody sees a record: what `who_can_see` answers. */
export type Reason = 'role' | 'owner' | 'team' | 'share' | 'team_share';

/** A share as the dialog lists it. */
export type Share = { id: string; userId: string | null; teamId: string | null; access: 'read' | 'edit'; expiresAt: string | null };

/** What the dialog shows of one record. */
export type RecordAccess = { readers: Reader[]; shares: Share[]; mayShare: boolean; teams: { id: string; name: string }[] };

/** The reason in words, after the name. */
export function reasonText(reason: Reason, role: string, resource: Findable): string {
	switch (reason) {
		case 'role':
			return `${role}: sees all ${resource}`;
		case 'owner':
			return 'Owns it';
		case 'team':
			return 'Shares a team with the owner';
		case 'share':
			return 'It is shared with them';
		case 'team_share':
			return 'It is shared with their team';
	}
}

/** What keeps somebody from a record, as a sentence: what `why_not` answers. */
export function whyNotText(
	name: string,
	resource: Findable,
	answer: { reason: string | null; role: string | null; scope: string | null }
): string {
	const { reason, role } = answer;
	switch (reason) {
		case null:
			return `${name} can see it.`;
		case 'not_a_member':
			return `${name} is not a member of this workspace.`;
		case 'suspended':
			return `${name} is suspended.`;
		case 'workspace_suspended':
			return 'The workspace is suspended: nobody sees anything.';
		case 'role':
			return `The role ${role} may not see ${resource} at all, and a share does not change that.`;
		case 'share_expired':
			return `It was shared with ${name}, and the share has ended.`;
		case 'unowned':
			return `Nobody owns it, and the role ${role} reaches no ${resource} without an owner.`;
		case 'other_team':
			return `The role ${role} reaches as far as one's teams, and ${name} shares no team with the owner.`;
		case 'not_owner':
			return `The role ${role} reaches own ${resource} only, and ${name} does not own it.`;
		case 'second_factor':
			return `Nothing about the record: ${name} needs a second factor here and has not set one up.`;
		default:
			return 'A rule of this workspace stops them.';
	}
}
