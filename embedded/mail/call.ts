import type { Fields } from './fields.ts';

/** One call of Postmark's API, with what handlers read from it. */
export type Call = {
	/** What the path names, '' when it names nothing. */
	id: string;
	/** By lower-case name. */
	query: Map<string, string>;
	/** A JSON object, {} for requests without a body. */
	body: Fields;
	/** What was sent instead of an object: /email/batch takes a list. */
	list: unknown;
	/** Called with the token POSTMARK_API_TEST: everything is checked and nothing kept. */
	isTest: boolean;
};
