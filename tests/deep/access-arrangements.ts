import { type Action, actions, at, counts, isActive, made, type Right, type Scope, seat, tables } from './access-model.ts';
import { type Move, type Random, type Step, named, uuid } from './access-steps.ts';

const service = (sql: string): Move => ({ sql, asker: null, expected: 'any' });

const takeSeat = (org: number, person: number, role: number): Step => ({
	text: `p${person} gets role ${role} of w${org}`,
	play(state, ids) {
		at(state.seats, org)[person] = { role, active: true };
		return service(`insert into public.members (org_id, user_id, role_id)
						values ('${at(ids.orgs, org)}', ${uuid(ids.people, person)}, '${at(at(ids.roles, org), role)}')
						on conflict (org_id, user_id) do update set role_id = excluded.role_id, status = 'active' returning id`);
	}
});

const joinOrLeave = (org: number, person: number, team: number): Step => ({
	text: `p${person} joins or leaves team ${team} of w${org}`,
	play(state, ids) {
		if (!seat(state, org, person)) return null;
		const members = at(at(state.teams, org), team);
		const [orgId, teamId, user] = [at(ids.orgs, org), at(at(ids.teams, org), team), uuid(ids.people, person)];
		if (members.delete(person))
			return service(`delete from public.team_members where team_id = '${teamId}' and user_id = ${user} returning user_id`);
		members.add(person);
		return service(
			`insert into public.team_members (org_id, team_id, user_id) values ('${orgId}', '${teamId}', ${user}) returning user_id`
		);
	}
});

const hand = (record: number, person: number): Step => ({
	text: `${named(record)} goes to p${person}`,
	play(state, ids) {
		if (!isActive(state, at(made, record).org, person)) return null;
		state.owners[record] = person;
		return service(
			`update public.${at(made, record).table} set owner_id = ${uuid(ids.people, person)} where id = '${at(ids.records, record)}' returning id`
		);
	}
});

const show = (record: number, access: 'read' | 'edit', whom: { user: number | null; team: number | null }): Step => ({
	text: `r${record} is shared to ${access} with ${whom.user === null ? `team ${whom.team}` : `p${whom.user}`}`,
	play(state, ids) {
		const { org, table } = at(made, record);
		const isThere = state.shares.some(({ record: other, user, team }) => other === record && user === whom.user && team === whom.team);
		if (isThere || (whom.user !== null && !seat(state, org, whom.user))) return null;
		state.shares.push({ record, ...whom, access, over: false });
		return service(`insert into public.shares (org_id, resource, record_id, user_id, team_id, access) values ('${at(ids.orgs, org)}', '${table}',
			'${at(ids.records, record)}', ${uuid(ids.people, whom.user)}, ${uuid(at(ids.teams, org), whom.team)}, '${access}') returning id`);
	}
});

/** What happens to rights, seats, teams and demands, without asking anybody. */
export function arrange(random: Random): Step {
	const org = random.int(counts.orgs);
	const person = 1 + random.int(counts.people - 1);
	const role = 1 + random.int(counts.roles - 1);
	const team = random.int(counts.teams);
	switch (random.int(9)) {
		case 0:
		case 1:
		case 2: {
			const resource = random.pick([...tables, ...tables, 'contact_private'] as const);
			const action: Action = resource === 'contact_private' ? 'read' : random.pick(actions);
			const right: Right = `${resource}.${action}`;
			const scope: Scope | undefined = random.chance(0.2) ? undefined : random.pick(['own', 'team', 'all'] as const);
			return {
				text: `role ${role} of w${org}: ${right} ${scope ?? 'no'}`,
				play(state, ids) {
					const rights = at(at(state.rights, org), role);
					if (scope) rights[right] = scope;
					else delete rights[right];
					const where = `org_id = '${at(ids.orgs, org)}' and role_id = '${at(at(ids.roles, org), role)}' and resource = '${resource}' and action = '${action}'`;
					return service(
						scope
							? `insert into public.role_permissions (org_id, role_id, resource, action, scope)
								values ('${at(ids.orgs, org)}', '${at(at(ids.roles, org), role)}', '${resource}', '${action}', '${scope}')
								on conflict (org_id, role_id, resource, action) do update set scope = excluded.scope returning scope`
							: `delete from public.role_permissions where ${where} returning scope`
					);
				}
			};
		}
		case 3:
		case 4:
			return takeSeat(org, person, role);
		case 5: {
			if (random.chance(0.5))
				return {
					text: `p${person} is suspended in w${org}`,
					play(state, ids) {
						const held = seat(state, org, person);
						if (!held) return null;
						at(state.seats, org)[person] = { ...held, active: false };
						return service(
							`update public.members set status = 'suspended' where org_id = '${at(ids.orgs, org)}' and user_id = ${uuid(ids.people, person)} returning id`
						);
					}
				};
			return {
				text: `p${person} is removed from w${org}`,
				play(state, ids) {
					if (!seat(state, org, person)) return null;
					at(state.seats, org)[person] = null;
					for (const members of at(state.teams, org)) members.delete(person);
					state.shares = state.shares.filter((share) => share.user !== person || at(made, share.record).org !== org);
					state.owners = state.owners.map((owner, record) => (owner === person && at(made, record).org === org ? null : owner));
					return service(
						`delete from public.members where org_id = '${at(ids.orgs, org)}' and user_id = ${uuid(ids.people, person)} returning id`
					);
				}
			};
		}
		case 6:
			return joinOrLeave(org, person, team);
		case 7:
			return hand(random.int(made.length), person);
		default: {
			const what = random.int(4);
			return {
				text:
					[
						'w asks for a second factor or not',
						'a role asks for a second factor or not',
						'w is suspended or not',
						'shares are over or not'
					][what]?.replace('w', `w${org}`) ?? '',
				play(state, ids) {
					const orgId = at(ids.orgs, org);
					if (what === 0) {
						const now = (state.demands[org] = !at(state.demands, org));
						return service(`update public.organizations set second_factor_required = ${now} where id = '${orgId}' returning id`);
					}
					if (what === 1) {
						const demands = at(state.roleDemands, org);
						const now = (demands[role] = !at(demands, role));
						return service(
							`update public.roles set second_factor_required = ${now} where id = '${at(at(ids.roles, org), role)}' returning id`
						);
					}
					if (what === 2) {
						const now = (state.open[org] = !at(state.open, org));
						return service(`update public.organizations set status = '${now ? 'active' : 'suspended'}' where id = '${orgId}' returning id`);
					}
					const over = !state.shares.some((share) => share.over);
					for (const share of state.shares) share.over = over;
					return service(
						`update public.shares set expires_at = ${over ? "now() - interval '1 second'" : "now() + interval '1 day'"} returning id`
					);
				}
			};
		}
	}
}

const resources = [...tables, 'contact_private'] as const;
const actionsOf = (resource: (typeof resources)[number]): readonly Action[] => (resource === 'contact_private' ? ['read'] : actions);

/** A workspace in full swing: every role has rights, most people have a seat and a team, and every record has an owner. */
export function beginnings(random: Random): Step[] {
	const steps: Step[] = [];
	for (let org = 0; org < counts.orgs; org++) {
		for (let role = 1; role < counts.roles; role++) {
			const rights = resources.flatMap((resource) =>
				actionsOf(resource)
					.filter(() => random.chance(0.75))
					.map((action) => ({ resource, action, scope: random.pick(['own', 'own', 'team', 'all'] as const) }))
			);
			if (rights.length === 0) continue;
			steps.push({
				text: `role ${role} of w${org} begins with ${rights.map(({ resource, action, scope }) => `${resource}.${action} ${scope}`).join(', ')}`,
				play(state, ids) {
					for (const { resource, action, scope } of rights) at(at(state.rights, org), role)[`${resource}.${action}`] = scope;
					const rows = rights.map(
						({ resource, action, scope }) =>
							`('${at(ids.orgs, org)}', '${at(at(ids.roles, org), role)}', '${resource}', '${action}', '${scope}')`
					);
					return service(
						`insert into public.role_permissions (org_id, role_id, resource, action, scope) values ${rows.join(', ')} returning scope`
					);
				}
			});
		}
		for (let person = 1; person < counts.people; person++) {
			if (random.chance(0.8)) steps.push(takeSeat(org, person, 1 + random.int(counts.roles - 1)));
			if (random.chance(0.6)) steps.push(joinOrLeave(org, person, random.int(counts.teams)));
		}
	}
	for (let record = 0; record < made.length; record++) if (random.chance(0.8)) steps.push(hand(record, random.int(counts.people)));
	for (let n = 0; n < 8; n++) {
		const team = random.chance(0.4) ? random.int(counts.teams) : null;
		const user = team === null ? random.int(counts.people) : null;
		steps.push(show(random.int(made.length), random.pick(['read', 'edit'] as const), { user, team }));
	}
	return steps;
}
