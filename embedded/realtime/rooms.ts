import { Presence } from './presence.ts';
import { type Broadcast, encodeBroadcast, encodeMessage, type Frame, type ServerMessage, type Vsn } from './serializer.ts';

/** A channel inside a room. */
export type Member = {
	readonly vsn: Vsn;
	readonly receivesBroadcasts: boolean;
	readonly receivesPresence: boolean;
	deliver(frame: Frame): void;
};

/** Everyone who joined one topic, and what they show of themselves. */
export class Room {
	/** The name clients join by, `realtime:` included. */
	readonly #topic: string;
	readonly #members = new Set<Member>();
	readonly #presence = new Presence();
	#flushing = false;

	constructor(topic: string) {
		this.#topic = topic;
	}

	get size(): number {
		return this.#members.size;
	}

	add(member: Member): void {
		this.#members.add(member);
	}

	remove(member: Member): void {
		this.#members.delete(member);
		this.untrack(member);
	}

	/** Delivers to all but `except`. */
	broadcast(broadcast: Broadcast, except?: Member): void {
		const frames = new Map<Vsn, Frame | null>();
		for (const member of this.#members) {
			if (member === except || !member.receivesBroadcasts) continue;
			let frame = frames.get(member.vsn);
			if (frame === undefined) {
				frame = encodeBroadcast(member.vsn, this.#topic, broadcast);
				frames.set(member.vsn, frame);
			}
			if (frame) member.deliver(frame);
		}
	}

	/** Everyone present, as JSON. */
	presenceState(): string {
		return this.#presence.state();
	}

	track(member: Member, key: string, payload: Record<string, unknown>): void {
		if (this.#presence.track(member, key, payload)) this.#announceSoon();
	}

	untrack(member: Member): void {
		if (this.#presence.untrack(member)) this.#announceSoon();
	}

	/** Gathers the changes of one turn of the event loop, so that a hundred who leave at once cost one diff. */
	#announceSoon(): void {
		if (this.#flushing) return;
		this.#flushing = true;
		setImmediate(() => {
			this.#flushing = false;
			const payload = this.#presence.takeDiff();
			const diff: ServerMessage = { joinRef: null, ref: null, topic: this.#topic, event: 'presence_diff', payload };
			const frames = new Map<Vsn, Frame>();
			for (const member of this.#members) {
				if (!member.receivesPresence) continue;
				const frame = frames.get(member.vsn) ?? encodeMessage(member.vsn, diff);
				frames.set(member.vsn, frame);
				member.deliver(frame);
			}
		});
	}
}

/** The rooms that have members. A private and a public topic of one name are two rooms. */
export class Rooms {
	readonly #rooms = new Map<string, Room>();

	find(name: string, isPrivate: boolean): Room | undefined {
		return this.#rooms.get(roomKey(name, isPrivate));
	}

	enter(name: string, isPrivate: boolean, member: Member): Room {
		const key = roomKey(name, isPrivate);
		const room = this.#rooms.get(key) ?? new Room(`realtime:${name}`);
		this.#rooms.set(key, room);
		room.add(member);
		return room;
	}

	leave(name: string, isPrivate: boolean, member: Member): void {
		const key = roomKey(name, isPrivate);
		const room = this.#rooms.get(key);
		room?.remove(member);
		if (room?.size === 0) this.#rooms.delete(key);
	}
}

function roomKey(name: string, isPrivate: boolean): string {
	return `${isPrivate ? 'private' : 'public'}:${name}`;
}
