import { misshapen, StorageError } from './errors.ts';

/** Bytes of a JSON body. */
const bodyLimit = 2 ** 20;

type Bounds = { min?: number };

/** A JSON object of a request, read field by field. What does not fit throws the sentence of the hosted service's checker. */
export class Fields {
	readonly #values: Record<string, unknown>;
	readonly #path: string;

	constructor(values: unknown, path = 'body') {
		if (typeof values !== 'object' || values === null || Array.isArray(values)) throw misshapen(`${path} must be object`);
		this.#values = Object.fromEntries(Object.entries(values));
		this.#path = path;
	}

	#read<T>(name: string, expected: string, fits: (value: unknown) => value is T): T | undefined {
		const value = this.#values[name];
		if (value === undefined) return undefined;
		if (!fits(value)) throw misshapen(`${this.#path}/${name} must be ${expected}`);
		return value;
	}

	/** Throws when a field is missing. */
	require(...names: string[]): void {
		for (const name of names) {
			if (this.#values[name] === undefined) throw misshapen(`${this.#path} must have required property '${name}'`);
		}
	}

	has = (name: string): boolean => this.#values[name] !== undefined;

	/** null is a value of its own here: it takes a limit away. */
	isNull = (name: string): boolean => this.#values[name] === null;

	text = (name: string): string | undefined => this.#read(name, 'string', (value) => typeof value === 'string');

	/** A text that cannot be left out. */
	requiredText(name: string): string {
		this.require(name);
		return this.text(name) ?? '';
	}

	flag = (name: string): boolean | undefined => this.#read(name, 'boolean', (value) => typeof value === 'boolean');

	sizeOrText = (name: string): string | number | undefined =>
		this.#read(name, 'integer,string', (value): value is string | number => typeof value === 'string' || Number.isInteger(value));

	integer(name: string, { min = -Infinity }: Bounds = {}): number | undefined {
		const number = this.#read(name, 'integer', (value): value is number => Number.isInteger(value));
		if (number !== undefined && number < min) throw misshapen(`${this.#path}/${name} must be >= ${min}`);
		return number;
	}

	/** One of a few words. */
	word<T extends string>(name: string, words: readonly T[]): T | undefined {
		const isWord = (value: unknown): value is T => words.some((word) => word === value);
		return this.#read(name, 'equal to one of the allowed values', isWord);
	}

	texts(name: string, { min = 0, max = Infinity }: { min?: number; max?: number } = {}): string[] | undefined {
		const list = this.#read(name, 'array', (value): value is unknown[] => Array.isArray(value));
		if (!list) return undefined;
		if (list.length < min) throw misshapen(`${this.#path}/${name} must NOT have fewer than ${min} items`);
		if (list.length > max) throw misshapen(`${this.#path}/${name} must NOT have more than ${max} items`);
		return list.map((value, index) => {
			if (typeof value !== 'string') throw misshapen(`${this.#path}/${name}/${index} must be string`);
			return value;
		});
	}

	fields = (name: string): Fields | undefined =>
		this.#values[name] === undefined ? undefined : new Fields(this.#values[name], `${this.#path}/${name}`);
}

/** Reads a JSON body; an empty one is an empty object. */
export async function readFields(request: Request): Promise<Fields> {
	if (Number(request.headers.get('content-length') ?? 0) > bodyLimit) {
		throw new StorageError(413, 'EntityTooLarge', 'Request body is too large', { error: 'Payload too large', httpStatus: 413 });
	}
	const text = await request.text();
	if (text.trim() === '') return new Fields({});
	let values: unknown;
	try {
		values = JSON.parse(text);
	} catch {
		throw misshapen("Body is not valid JSON but content-type is set to 'application/json'");
	}
	// PostgreSQL can store this character neither in text nor in jsonb.
	if (text.includes('\\u0000')) throw new StorageError(400, 'InvalidParameter', 'Text must not hold the character U+0000');
	return new Fields(values);
}

/** The query of an address, as fields: whole numbers are numbers. */
export function queryFields({ searchParams }: URL): Fields {
	const values = [...searchParams].map(([name, value]) => [name, /^-?\d{1,15}$/.test(value) ? Number(value) : value]);
	return new Fields(Object.fromEntries(values), 'querystring');
}
