import { type TransactionSql } from 'postgres';
import { type Identity, identityKey, Refused } from '../identity.ts';
import { encodeMessage, type Frame } from '../serializer.ts';
import { type Change } from './change.ts';
import { Conditions } from './conditions.ts';
import { type ChangesDatabase } from './database.ts';
import { changePayload, type ReadChange, withheld, withheldPayload, worthReading } from './payload.ts';
import { readRows, type Row } from './rows.ts';
import { type Listener, type Subscription, type Subscriptions, tableKey } from './subscriptions.ts';
import { describeTable, type Table } from './tables.ts';

/** A change, who wants to hear of such, and whose filters it passes. */
type Candidate = { change: ReadChange; table: Table; wanting: readonly Subscription[]; passing: ReadonlySet<Subscription> };

/** What was found out about one identity: the changes it was asked about, and those among them whose rows it may see. */
type Sight = { asked: Set<Candidate>; seen: Set<Candidate> };

/** Roles of nearly every subscription, so that a renewed token seldom brings an unknown one. */
const USUAL_ROLES = ['anon', 'authenticated', 'service_role'];

/**
 * Hands changes to those who may see them, in their order. Each identity is asked about once per table and batch, however
 * many sockets it has; grants, policies and rows count as they are at that moment, as on the hosted service.
 */
export class Delivery {
	readonly #database: ChangesDatabase;
	readonly #subscriptions: Subscriptions;

	constructor(database: ChangesDatabase, subscriptions: Subscriptions) {
		this.#database = database;
		this.#subscriptions = subscriptions;
	}

	/** Throws what Postgres throws when the changes cannot be read. */
	async deliver(changes: readonly Change[]): Promise<void> {
		const wanted = changes.filter(({ table, type }) => this.#subscriptions.wants(table, type));
		if (wanted.length === 0) return;
		await this.#database.whenVisible(new Set(wanted.map(({ transaction }) => transaction.xid)));
		const byTable = Map.groupBy(wanted, (change) => tableKey(change.table));
		const candidates = await this.#database.read(async (tx) => {
			const read = new Map<Change, Candidate>();
			for (const ofTable of byTable.values()) await this.#read(tx, ofTable, read);
			return wanted.flatMap((change) => read.get(change) ?? []);
		});
		const sights = new Map<string, Sight>();
		// A token renewed meanwhile counts from that moment: whom it brought is asked about too, until nobody is new.
		while (await this.#ask(candidates, sights));
		for (const candidate of candidates) this.#send(candidate, sights);
	}

	/** Reads the values of changes of one table. */
	async #read(tx: TransactionSql, changes: readonly Change[], read: Map<Change, Candidate>): Promise<void> {
		const wanting = new Map(changes.map((change) => [change, this.#subscriptions.of(change.table, change.type)]));
		const subscriptions = [...new Set([...wanting.values()].flat())];
		const [name] = changes.map((change) => change.table);
		if (!name || subscriptions.length === 0) return;
		const roles = new Set([...USUAL_ROLES, ...subscriptions.map(({ listener }) => listener.identity.role)]);
		const table = await describeTable(tx, name, [...roles]);
		if (!table) return;
		const filters = subscriptions.flatMap(({ binding }) => binding.filters);
		const needed = new Set([
			...filters.map(({ column }) => column),
			...table.columns.filter(({ isKey }) => isKey).map((column) => column.name)
		]);
		const rows: Row[] = [];
		const place = (change: Change, row: Row | null) => (row ? rows.push(worthReading(change, row, needed)) - 1 : -1);
		const places = changes.map((change) => ({ record: place(change, change.record), old: place(change, change.old) }));
		const found = await readRows(tx, table, rows, new Conditions(table, filters));
		changes.forEach((change, index) => {
			const json = { record: found[places[index]?.record ?? -1] ?? null, old: found[places[index]?.old ?? -1] ?? null };
			const told = change.type === 'DELETE' ? json.old : json.record;
			const all = wanting.get(change) ?? [];
			const passing = new Set(all.filter(({ binding }) => told?.passes(binding.filters)));
			read.set(change, { change: { ...change, json }, table, wanting: all, passing });
		});
	}

	/** Asks about whoever was not asked about yet. False when there was nobody. */
	async #ask(candidates: readonly Candidate[], sights: Map<string, Sight>): Promise<boolean> {
		const identities = new Map<string, Identity>();
		const questions = new Map<string, Set<Candidate>>();
		for (const candidate of candidates) {
			for (const { listener } of candidate.passing) {
				const { identity } = listener;
				if (!candidate.table.readable.has(identity.role)) await this.#learnRole(candidate.table, identity.role);
				if (!isGuarded(candidate) || withheld(candidate.change, candidate.table, identity.role)) continue;
				const key = identityKey(identity);
				if (sights.get(key)?.asked.has(candidate)) continue;
				identities.set(key, identity);
				questions.set(key, (questions.get(key) ?? new Set()).add(candidate));
			}
		}
		await Promise.all(
			[...identities].map(async ([key, identity]) => {
				const sight = sights.get(key) ?? { asked: new Set(), seen: new Set() };
				sights.set(key, sight);
				await this.#look(identity, [...(questions.get(key) ?? [])], sight);
			})
		);
		return identities.size > 0;
	}

	async #learnRole(table: Table, role: string): Promise<void> {
		const now = await this.#database.read((tx) => describeTable(tx, table, [role]));
		table.readable.set(role, now?.readable.get(role) ?? new Set());
	}

	/** Asks which of the rows an identity may see. When that cannot be found out, its channels are interrupted. */
	async #look(identity: Identity, candidates: readonly Candidate[], { asked, seen }: Sight): Promise<void> {
		try {
			for (const [table, ofTable] of Map.groupBy(candidates, (candidate) => candidate.table)) {
				const key = table.columns.filter(({ isKey }) => isKey);
				const rows = ofTable.map(({ change }) => change.record ?? new Map());
				const places = await this.#database.visible(identity, table, key, rows);
				ofTable.filter((_candidate, index) => places.has(index)).forEach((candidate) => seen.add(candidate));
			}
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			const lost = candidates.flatMap(({ passing }) => [...passing]).map(({ listener }) => listener);
			const key = identityKey(identity);
			for (const listener of new Set(lost)) if (identityKey(listener.identity) === key) listener.interrupt();
		} finally {
			for (const candidate of candidates) asked.add(candidate);
		}
	}

	/** One frame for each payload a listener may see; listeners of one topic whose frames are equal share the bytes. */
	#send(candidate: Candidate, sights: Map<string, Sight>): void {
		const { change, table, wanting, passing } = candidate;
		const payloads = new Map<string, string>();
		const frames = new Map<string, Frame>();
		const idsOf = new Map<Listener, Map<string, number[]>>();
		for (const subscription of wanting) {
			if (!this.#subscriptions.has(subscription)) continue;
			const { listener, binding, id } = subscription;
			const { role } = listener.identity;
			const error = withheld(change, table, role);
			const kind = JSON.stringify([role, error, binding.select]);
			const maySee = () => !isGuarded(candidate) || sights.get(identityKey(listener.identity))?.seen.has(candidate);
			if (!error && !(passing.has(subscription) && maySee())) continue;
			const payload = payloads.get(kind) ?? (error ? withheldPayload(change, error) : changePayload(change, table, role, binding.select));
			payloads.set(kind, payload);
			const byPayload = idsOf.get(listener) ?? new Map<string, number[]>();
			idsOf.set(listener, byPayload.set(payload, [...(byPayload.get(payload) ?? []), id]));
		}
		for (const [listener, byPayload] of idsOf) {
			for (const [data, ids] of byPayload) {
				const { vsn, topic } = listener;
				const payload = `{"ids":[${ids.join(',')}],"data":${data}}`;
				const key = `${vsn} ${topic} ${payload}`;
				const frame = frames.get(key) ?? encodeMessage(vsn, { joinRef: null, ref: null, topic, event: 'postgres_changes', payload });
				frames.set(key, frame);
				listener.deliver(frame);
			}
		}
	}
}

/** Whether policies decide who sees the change: deletes are told to everybody, since the row can no longer be looked at. */
function isGuarded({ table, change }: Candidate): boolean {
	return table.rls && change.type !== 'DELETE';
}
