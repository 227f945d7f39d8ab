import { noContent, tooLarge } from './errors.ts';

/** A part of a form; its body is to be read before the next part is asked for. */
export type Part = {
	name: string;
	/** Undefined for a plain field. */
	filename: string | undefined;
	contentType: string | undefined;
	body: AsyncIterable<Uint8Array>;
};

const headLimit = 16 * 1024;

/** The parts of a multipart/form-data body (RFC 7578) as they arrive. A body that ends early throws. */
export class MultipartReader {
	readonly #chunks: AsyncIterator<Uint8Array>;
	readonly #delimiter: Buffer;
	#hasBegun = false;
	/** Starts as if a line had just ended, so that the first delimiter is like the others. */
	#buffer: Buffer = Buffer.from('\r\n');

	constructor(chunks: AsyncIterable<Uint8Array>, contentType: string) {
		const [, quoted, plain] = /boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType) ?? [];
		const boundary = quoted ?? plain;
		if (!boundary) throw noContent('Multipart: Boundary not found');
		this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
		this.#chunks = chunks[Symbol.asyncIterator]();
	}

	async #fill(): Promise<void> {
		const { done, value } = await this.#chunks.next();
		if (done) throw noContent('Unexpected end of form');
		this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value]);
	}

	#take(length: number): Buffer {
		const taken = this.#buffer.subarray(0, length);
		this.#buffer = this.#buffer.subarray(length);
		return taken;
	}

	/** What comes before the next delimiter; the delimiter is taken, too. */
	async *#untilDelimiter(): AsyncGenerator<Uint8Array> {
		for (;;) {
			const at = this.#buffer.indexOf(this.#delimiter);
			if (at >= 0) {
				if (at > 0) yield this.#take(at);
				this.#take(this.#delimiter.length);
				return;
			}
			// The end of the buffer may be the beginning of a delimiter.
			const safe = this.#buffer.length - this.#delimiter.length + 1;
			if (safe > 0) yield this.#take(safe);
			await this.#fill();
		}
	}

	async #head(): Promise<string> {
		for (;;) {
			const end = this.#buffer.indexOf('\r\n\r\n');
			if (end > headLimit || (end < 0 && this.#buffer.length > headLimit)) throw noContent('Malformed part header');
			if (end >= 0) return this.#take(end + 4).toString('utf8');
			await this.#fill();
		}
	}

	/** The next part; undefined after the last one. */
	async next(): Promise<Part | undefined> {
		if (!this.#hasBegun) for await (const _preamble of this.#untilDelimiter());
		this.#hasBegun = true;
		while (this.#buffer.length < 2) await this.#fill();
		const end = this.#buffer.subarray(0, 2).toString('latin1');
		if (end === '--') return undefined;
		if (end !== '\r\n') throw noContent('Malformed part header');
		// The line end stays: a head without a single line ends with it.
		const head = await this.#head();
		const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
		return {
			name: /[;\s]name="([^"]*)"/i.exec(disposition)?.[1] ?? '',
			filename: /[;\s]filename="([^"]*)"/i.exec(disposition)?.[1],
			contentType: /^content-type:(.*)$/im.exec(head)?.[1]?.trim(),
			body: this.#untilDelimiter()
		};
	}

	/** Lets go of the body, read or not. */
	async close(): Promise<void> {
		await this.#chunks.return?.();
	}
}

/** A field's text, which may be `limit` bytes long. */
export async function fieldText({ name, body }: Part, limit: number): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		size += chunk.byteLength;
		if (size > limit) throw tooLarge(/metadata$/i.test(name) ? 'user_metadata' : 'form field');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}
