/** Runs tasks that share a key one after the other, in the order they came; tasks of different keys do not wait. */
export class InTurn {
	#last = new Map<string, Promise<unknown>>();

	/** The task's own outcome; a failed task does not stop the next one. */
	run<T>(key: string, task: () => Promise<T>): Promise<T> {
		const before = this.#last.get(key) ?? Promise.resolve();
		const mine = before.then(task);
		const done = mine
			.catch(() => undefined)
			.then(() => {
				if (this.#last.get(key) === done) this.#last.delete(key);
			});
		this.#last.set(key, done);
		return mine;
	}
}
