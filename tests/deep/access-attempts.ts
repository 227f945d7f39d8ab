import { type Asker, assigns, at, byRole, counts, edits, isActive, isIn, made, mayShare, patches, reads, seat } from './access-model.ts';
import { type Ids, type Random, type Step, named, says, uuid } from './access-steps.ts';

/** What a member tries to do, as their session lets them. */
export function attempt(random: Random): Step {
	const asker: Asker = { person: random.int(counts.people), strong: random.chance(0.7) };
	const record = random.int(made.length);
	const { table, org } = at(made, record);
	const to = random.chance(0.25) ? null : random.int(counts.people);
	const id = (ids: Ids) => at(ids.records, record);
	switch (random.int(9)) {
		case 0:
			return {
				text: `${says(asker)} edits ${named(record)}`,
				play: (state, ids) => ({
					sql: `update public.${table} set description = 'x' where id = '${id(ids)}' returning id`,
					asker,
					expected: edits(state, asker, record) ? 'done' : 'blocked'
				})
			};
		case 1:
			return {
				text: `${says(asker)} gives ${named(record)} to ${to === null ? 'nobody' : `p${to}`}`,
				play(state, ids) {
					const expected = patches(state, asker, record, to);
					if (expected === 'done') state.owners[record] = to;
					return {
						sql: `update public.${table} set owner_id = ${uuid(ids.people, to)} where id = '${id(ids)}' returning id`,
						asker,
						expected
					};
				}
			};
		case 2:
			return {
				text: `${says(asker)} assigns ${named(record)} to ${to === null ? 'nobody' : `p${to}`}`,
				play(state, ids) {
					const expected = assigns(state, asker, record, to);
					if (expected === 'done') state.owners[record] = to;
					return { sql: `select public.assign_records('${table}', array['${id(ids)}'::uuid], ${uuid(ids.people, to)})`, asker, expected };
				}
			};
		case 3:
			return {
				text: `${says(asker)} trashes ${named(record)}`,
				play: (state, ids) => ({
					sql: `select public.trash_records('${table}', array['${id(ids)}'::uuid])`,
					asker,
					expected: reads(state, asker, record) && byRole(state, asker, record, 'delete') ? 'done' : 'blocked',
					undone: true
				})
			};
		case 4:
			return {
				text: `${says(asker)} deletes ${named(record)}`,
				play: (state, ids) => ({
					sql: `delete from public.${table} where id = '${id(ids)}' returning id`,
					asker,
					expected: reads(state, asker, record) && byRole(state, asker, record, 'delete') ? 'done' : 'blocked',
					undone: true
				})
			};
		case 5:
			return {
				text: `${says(asker)} adds to ${table} of w${org} for ${to === null ? 'nobody' : `p${to}`}`,
				play(state, ids) {
					const { pipeline, stage } = at(ids.pipelines, org);
					const columns = {
						companies: ['name', "'new'"],
						contacts: ['first_name', "'new'"],
						deals: ['name, pipeline_id, stage_id', `'new', '${pipeline}', '${stage}'`]
					}[table];
					const inactive = isIn(state, asker, org) && to !== null && to !== asker.person && !isActive(state, org, to);
					const allowed = byRole(state, asker, record, 'create', to) && byRole(state, asker, record, 'read', to);
					return {
						sql: `insert into public.${table} (org_id, owner_id, ${columns[0]}) values ('${at(ids.orgs, org)}', ${uuid(ids.people, to)}, ${columns[1]}) returning id`,
						asker,
						expected: inactive ? 'inactive' : allowed ? 'done' : 'blocked',
						undone: true
					};
				}
			};
		case 6:
		case 7: {
			const access = random.pick(['read', 'edit'] as const);
			const team = random.chance(0.4) ? random.int(counts.teams) : null;
			const user = team === null ? random.int(counts.people) : null;
			return {
				text: `${says(asker)} shares ${named(record)} to ${access} with ${user === null ? `team ${team}` : `p${user}`}`,
				play(state, ids) {
					const sql = `insert into public.shares (org_id, resource, record_id, user_id, team_id, access) values ('${at(ids.orgs, org)}', '${table}', '${id(ids)}',
						${uuid(ids.people, user)}, ${uuid(at(ids.teams, org), team)}, '${access}') returning id`;
					if (!mayShare(state, asker, record)) return { sql, asker, expected: 'blocked' };
					if (state.shares.some((share) => share.record === record && share.user === user && share.team === team))
						return { sql, asker, expected: 'duplicate' };
					if (user !== null && !seat(state, org, user)) return { sql, asker, expected: 'stranger' };
					state.shares.push({ record, user, team, access, over: false });
					return { sql, asker, expected: 'done' };
				}
			};
		}
		default:
			return {
				text: `${says(asker)} ends the shares of ${named(record)}`,
				play(state, ids) {
					const has = state.shares.some((share) => share.record === record);
					const expected = has && mayShare(state, asker, record) ? 'done' : 'blocked';
					if (expected === 'done') state.shares = state.shares.filter((share) => share.record !== record);
					return { sql: `delete from public.shares where record_id = '${id(ids)}' returning id`, asker, expected };
				}
			};
	}
}
