type Values = Record<string, string>;

/** What a form sends beside its fields: the version and the values its author saw. */
export type Seen = { version: string; base: string };

/** A form as it was sent or kept: all its fields, and what its author had seen. */
export type KeptForm = { values: Values; base: Values; version: string };

/**
 * What somebody typed into a record's form, and nothing else: fields they did not touch follow the record as others change it. Each touched field remembers the value
 * its author saw when they began, and the form the version of that moment, so that the server can tell a merge from a conflict.
 */
export class FormEdits {
	#typed = $state.raw<Values>({});
	#bases = $state.raw<Values>({});
	#version = $state.raw<string | null>(null);
	#record: () => { values: Values; version: string };

	/** `record` reads the record as it stands now; reactive. */
	constructor(record: () => { values: Values; version: string }) {
		this.#record = record;
	}

	/** The fields to show: the record, with what was typed over it. */
	get values(): Values {
		return { ...this.#record().values, ...this.#typed };
	}

	/** What goes along with the form. */
	get seen(): Seen {
		const { values, version } = this.#record();
		return { version: this.#version ?? version, base: JSON.stringify({ ...values, ...this.#bases }) };
	}

	/** True when a field differs from what its author saw. */
	get touched(): boolean {
		return Object.entries(this.#typed).some(([name, value]) => value !== this.#bases[name]);
	}

	type(name: string, value: string): void {
		const { values, version } = this.#record();
		this.#version ??= version;
		if (!(name in this.#bases)) this.#bases = { ...this.#bases, [name]: values[name] ?? '' };
		this.#typed = { ...this.#typed, [name]: value };
	}

	/** Takes a form back: one the server refused, or a draft of before the reload. */
	restore({ values, base, version }: KeptForm): void {
		const changed = Object.keys(values).filter((name) => values[name] !== base[name]);
		this.#typed = Object.fromEntries(changed.map((name) => [name, values[name] ?? '']));
		this.#bases = Object.fromEntries(changed.map((name) => [name, base[name] ?? '']));
		this.#version = version;
	}

	/** What was `sent` is saved, and the record's `version` since; what was typed after that stays, begun from it. */
	saved(sent: Values, version: string): void {
		const since = Object.entries(this.#typed).filter(([name, value]) => value !== (sent[name] ?? ''));
		this.#typed = Object.fromEntries(since);
		this.#bases = Object.fromEntries(since.map(([name]) => [name, sent[name] ?? '']));
		this.#version = since.length > 0 ? version : null;
	}

	discard(): void {
		this.#typed = {};
		this.#bases = {};
		this.#version = null;
	}
}
