import { type Asker, at, counts, isActive, isNarrow, knows, made, reads, type State } from './access-model.ts';
import { type Random, type Step, list, named, numberOf, says } from './access-steps.ts';

const records = (keep: (record: number) => boolean) =>
	list(
		made
			.map((_, record) => record)
			.filter(keep)
			.map(named)
	);

/** What somebody is shown, by each way there is, and who hears of a change. */
export function question(random: Random): Step {
	const asker: Asker = { person: random.int(counts.people), strong: random.chance(0.7) };
	const record = random.int(made.length);
	const { table, org } = at(made, record);
	const here = (other: number) => at(made, other).org === org && at(made, other).table === table;
	const name = table === 'contacts' ? 'first_name' : 'name';
	switch (random.int(8)) {
		case 0:
		case 1:
			return {
				text: `what ${says(asker)} sees`,
				play: (state) => ({
					sql: 'select name from public.companies union all select first_name from public.contacts union all select name from public.deals',
					asker,
					expected: records((one) => reads(state, asker, one))
				})
			};
		case 2:
			return {
				text: `the newest ${table} of w${org} for ${says(asker)}`,
				play: (state, ids) => ({
					sql: `select ${name} as name from public.newest_${table}('${at(ids.orgs, org)}')`,
					asker,
					expected: records((one) => here(one) && reads(state, asker, one))
				})
			};
		case 3:
			return {
				text: `what ${says(asker)} finds in w${org}`,
				play: (state, ids) => ({
					sql: `select title as name from public.search_records('${at(ids.orgs, org)}', 'r')`,
					asker,
					expected: records((one) => at(made, one).org === org && reads(state, asker, one))
				})
			};
		case 4:
			return {
				text: `the board of w${org} for ${says(asker)}`,
				play: (state, ids) => ({
					sql: `select d.name from public.board_deal_ids('${at(ids.orgs, org)}', '${at(ids.pipelines, org).pipeline}') b join public.deals d on d.id = b.id`,
					asker,
					expected: records((one) => at(made, one).org === org && at(made, one).table === 'deals' && reads(state, asker, one))
				})
			};
		case 5:
			return {
				text: `personal data that ${says(asker)} sees`,
				play: (state) => ({
					sql: 'select mobile as name from public.contact_private',
					asker,
					expected: records((one) => at(made, one).table === 'contacts' && knows(state, asker, one))
				})
			};
		case 6:
			return {
				text: `who sees ${named(record)}, asked by ${says(asker)}`,
				play(state, ids) {
					const everybody = Array.from({ length: counts.people }, (_, person) => person);
					return {
						sql: `select ${numberOf('user_id', ids)} as name from public.who_can_see('${table}', '${at(ids.records, record)}')`,
						asker,
						// Sessions aside.
						expected: reads(state, asker, record)
							? list(everybody.filter((person) => reads(state, { person, strong: true }, record)).map((person) => `p${person}`))
							: 'unknown'
					};
				}
			};
		default:
			return {
				text: `who hears of ${named(record)}`,
				play(state, ids) {
					const everybody = Array.from({ length: counts.people }, (_, person) => person);
					const hears = everybody.filter(
						(person) => isActive(state, org, person) && isNarrow(state, org, person) && isHeard(state, person, record)
					);
					const [orgId, recordId] = [at(ids.orgs, org), at(ids.records, record)];
					return {
						sql: `select distinct ${numberOf("split_part(topic, ':', 3)::uuid", ids)} as name
							from testing.heard('update public.${table} set description = ''x'' where id = ''${recordId}''') where topic like 'member:${orgId}:%'`,
						asker: null,
						expected: list(hears.map((person) => `p${person}`)),
						undone: true
					};
				}
			};
	}
}

/** Messages go by membership: whether the workspace is open and what sessions have proved is asked of whoever wants to listen. */
function isHeard(state: State, person: number, record: number): boolean {
	const listening: State = { ...state, open: state.open.map(() => true) };
	return reads(listening, { person, strong: true }, record);
}
