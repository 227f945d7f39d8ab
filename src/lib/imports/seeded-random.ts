/** Numbers in [0, 1) that are the same for the same seed (mulberry32), so that a fuzz test that fails once fails again. */
export function seededRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** One of `from`, each as likely. Throws on an empty list. */
export function pickOne<T>(random: () => number, from: ArrayLike<T>): T {
	const picked = from[Math.floor(random() * from.length)];
	if (picked === undefined) throw new Error('nothing to pick from');
	return picked;
}
