import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Disconnected } from './errors.ts';
import { isFields, type Fields } from './fields.ts';
import { addressesOf, type Draft } from './message.ts';

export const places = ['email', 'batch', 'messages', 'webhooks', 'smtp', 'any'] as const;
export type Place = (typeof places)[number];

/** What goes wrong. `reject` and `drop` happen to single messages, the others to whole requests. */
export type Effect =
	| { kind: 'delay'; ms: number }
	| { kind: 'status'; status: number; retryAfter?: number; body?: object }
	| { kind: 'reject'; errorCode: number; message: string }
	| { kind: 'drop' }
	| { kind: 'disconnect'; when: 'before' | 'after' };

/** Something that goes wrong on purpose. All of `match` must fit: `to`, `stream` and metadata whole, `subject` anywhere. */
export type Fault = {
	id: string;
	at: Place;
	match?: { to?: string; stream?: string; subject?: string; metadata?: Record<string, string> };
	/** Requests, or messages, it still happens to; until removed without it. */
	times?: number;
	effect: Effect;
};

/** A fault's description is not one; `message` says what is wrong with it. */
export class InvalidFault extends Error {}

function readEffect(effect: Fields): Effect {
	const { kind, ms, status, retryAfter, body, errorCode, message, when } = effect;
	const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
	switch (kind) {
		case 'delay':
			if (!isCount(ms) || ms > 600_000) throw new InvalidFault('A delay has "ms", at most 600000.');
			return { kind, ms };
		case 'status':
			if (!isCount(status) || status < 400 || status > 599) throw new InvalidFault('A status is a number from 400 to 599.');
			if (retryAfter !== undefined && !isCount(retryAfter)) throw new InvalidFault('"retryAfter" is a number of seconds.');
			if (body !== undefined && !isFields(body)) throw new InvalidFault('"body" is an object.');
			return { kind, status, ...(retryAfter === undefined ? {} : { retryAfter }), ...(body === undefined ? {} : { body }) };
		case 'reject':
			if (!isCount(errorCode) || typeof message !== 'string') throw new InvalidFault('A rejection has "errorCode" and "message".');
			return { kind, errorCode, message };
		case 'drop':
			return { kind };
		case 'disconnect':
			if (when !== 'before' && when !== 'after') throw new InvalidFault('A disconnect has "when": "before" or "after".');
			return { kind, when };
		default:
			throw new InvalidFault('"effect.kind" is one of delay, status, reject, drop, disconnect.');
	}
}

function readMatch(match: Fields): NonNullable<Fault['match']> {
	const text = (name: string): Record<string, string> => {
		const value = match[name];
		if (value !== undefined && typeof value !== 'string') throw new InvalidFault(`"match.${name}" is a string.`);
		return value === undefined ? {} : { [name]: value };
	};
	const { metadata } = match;
	if (metadata !== undefined && !isFields(metadata)) throw new InvalidFault('"match.metadata" is an object.');
	const fields = metadata && Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)]));
	return { ...text('to'), ...text('stream'), ...text('subject'), ...(fields ? { metadata: fields } : {}) };
}

/** Reads the description of a fault. Throws InvalidFault. */
export function readFault(given: Fields): Omit<Fault, 'id'> {
	const { match, times, effect } = given;
	const at = places.find((place) => place === given.at);
	if (!at) throw new InvalidFault(`"at" is one of ${places.join(', ')}.`);
	if (times !== undefined && (typeof times !== 'number' || !Number.isInteger(times) || times < 1)) {
		throw new InvalidFault('"times" is a whole number above 0.');
	}
	if (match !== undefined && !isFields(match)) throw new InvalidFault('"match" is an object.');
	if (!isFields(effect)) throw new InvalidFault('"effect" is an object.');
	return { at, ...(match ? { match: readMatch(match) } : {}), ...(times === undefined ? {} : { times }), effect: readEffect(effect) };
}

const fits = ({ match = {} }: Fault, draft: Draft): boolean =>
	(match.to === undefined || addressesOf(draft).includes(match.to.toLowerCase())) &&
	(match.stream === undefined || match.stream === draft.stream) &&
	(match.subject === undefined || draft.subject.includes(match.subject)) &&
	Object.entries(match.metadata ?? {}).every(([name, value]) => draft.metadata[name] === value);

const isForMessages = ({ effect }: Fault) => effect.kind === 'reject' || effect.kind === 'drop';

/** The provider's bad days, made to order. Kept in memory: a restart is a healthy provider. */
export class Faults {
	#faults: Fault[] = [];

	list(): Fault[] {
		return this.#faults;
	}

	add(fault: Omit<Fault, 'id'>): Fault {
		const added = { id: randomUUID(), ...fault };
		this.#faults.push(added);
		return added;
	}

	/** Returns whether there was one. */
	remove(id: string): boolean {
		const before = this.#faults.length;
		this.#faults = this.#faults.filter((fault) => fault.id !== id);
		return this.#faults.length < before;
	}

	clear(): void {
		this.#faults = [];
	}

	#use(fault: Fault): Effect {
		if (fault.times !== undefined && --fault.times === 0) this.remove(fault.id);
		return fault.effect;
	}

	/** The faults of whole requests that this one meets, used up by it. With a `match` they need a message that fits. */
	takeForRequest(place: Place, drafts: Draft[]): Effect[] {
		const met = this.#faults.filter(
			(fault) =>
				!isForMessages(fault) &&
				(fault.at === place || fault.at === 'any') &&
				(fault.match === undefined || drafts.some((draft) => fits(fault, draft)))
		);
		// What ends the request keeps later ones for the next; delays before it add up.
		const end = met.findIndex(({ effect }) => effect.kind !== 'delay');
		return met.slice(0, end < 0 ? undefined : end + 1).map((fault) => this.#use(fault));
	}

	/** The first rejection or drop this message meets, used up by it. */
	takeForMessage(place: Place, draft: Draft): Extract<Effect, { kind: 'reject' | 'drop' }> | null {
		const met = this.#faults.find((fault) => isForMessages(fault) && (fault.at === place || fault.at === 'any') && fits(fault, draft));
		const effect = met && this.#use(met);
		return effect?.kind === 'reject' || effect?.kind === 'drop' ? effect : null;
	}
}

/** An answer made by a fault instead of by the service. */
export class FaultAnswer extends Error {
	readonly response: Response;

	constructor(response: Response) {
		super('a fault answered');
		this.response = response;
	}
}

/**
 * Lives through the faults of a request: waits, then throws FaultAnswer or Disconnected where one ends it.
 * Returns whether the answer is to be lost after the work is done.
 */
export async function endure(effects: Effect[]): Promise<{ losesAnswer: boolean }> {
	for (const effect of effects) {
		if (effect.kind === 'delay') await sleep(effect.ms, undefined, { ref: false });
		if (effect.kind === 'disconnect' && effect.when === 'before') throw new Disconnected();
		if (effect.kind === 'disconnect') return { losesAnswer: true };
		if (effect.kind === 'status') {
			const usual = {
				ErrorCode: effect.status === 503 ? 100 : effect.status === 429 ? 429 : 101,
				Message: `The embedded mail service was told to answer ${effect.status}.`
			};
			const headers = new Headers(effect.retryAfter === undefined ? [] : [['retry-after', String(effect.retryAfter)]]);
			throw new FaultAnswer(Response.json(effect.body ?? usual, { status: effect.status, headers }));
		}
	}
	return { losesAnswer: false };
}
