import { type Asker, at, type State } from './access-model.ts';

/** The same things in the database, by the model's numbers. */
export type Ids = {
	orgs: string[];
	pipelines: { pipeline: string; stage: string }[];
	people: string[];
	/** By person: the sessions without and with a second factor. */
	sessions: { weak: string; strong: string }[];
	roles: string[][];
	teams: string[][];
	records: string[];
};

/** One statement, whose it is (null: the owner of the database), what it must answer, and whether its effect is undone. */
export type Move = { sql: string; asker: Asker | null; expected: string; undone?: boolean };

/** A step of a sequence: changes the model's state as it must change the database's. Null where it makes no sense at that point. */
export type Step = { text: string; play(state: State, ids: Ids): Move | null };

export type Random = { int(below: number): number; pick<T>(list: readonly T[]): T; chance(probability: number): boolean };

/** Repeatable chance (mulberry32). */
export function randomFrom(seed: number): Random {
	let a = seed >>> 0;
	const next = () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	const int = (below: number) => Math.floor(next() * below);
	return {
		int,
		pick(list) {
			const found = list[int(list.length)];
			if (found === undefined) throw new Error('nothing to pick from');
			return found;
		},
		chance: (probability) => next() < probability
	};
}

/** SQL for an id by the model's number, null for none. */
export const uuid = (ids: string[], index: number | null) => (index === null ? 'null' : `'${at(ids, index)}'`);
/** The name of a record, in both. */
export const named = (record: number) => `r${record}`;
/** Names as an answer. */
export const list = (names: string[]) => names.sort().join(' ') || 'none';
/** An asker in words. */
export const says = ({ person, strong }: Asker) => `p${person}${strong ? '' : ' without a second factor'}`;

/** SQL for the model's name of a person. */
export const numberOf = (user: string, { people }: Ids): string =>
	`'p' || (array_position(array[${people.map((person) => `'${person}'`).join(', ')}]::uuid[], ${user}) - 1)`;
