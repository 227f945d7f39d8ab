import { z } from 'zod';
import { limits } from './model';

/** Any UUID, also of a version that RFC 9562 does not know: the database takes those, so integrators may have made them. */
const id = z.guid({ error: 'Not an id.' });
const day = z.iso.date({ error: 'A date such as 2026-03-31.' });
/** Text without control characters, which Postgres or people could not keep. Line breaks and tabs are allowed where lines are. */
const oneLine = z.string().refine((text) => !/\p{Cc}/u.test(text), { error: 'Contains a character that cannot be kept.' });
const manyLines = z.string().refine((text) => !/[^\P{Cc}\n\r\t]/u.test(text), { error: 'Contains a character that cannot be kept.' });
const emptyIsNull = <T extends z.ZodType>(schema: T) =>
	z.preprocess((value) => (typeof value === 'string' && value.trim() === '' ? null : value), schema.nullable());

const amount = z
	.union(
		[
			z.number(),
			z
				.string()
				.regex(/^\d{1,13}(\.\d{1,2})?$/, { error: 'An amount such as 12500 or 12500.50.' })
				.transform(Number)
		],
		{
			error: 'An amount such as 12500 or 12500.50.'
		}
	)
	.refine((value) => value >= 0, { error: 'An amount cannot be negative.' })
	.refine((value) => value <= limits.amount, { error: 'An amount can be at most 9,999,999,999,999.99.' });

/** What a person may set on a deal. */
export const dealValues = z.object({
	name: oneLine.pipe(
		z
			.string()
			.trim()
			.min(1, { error: 'Give the deal a name.' })
			.max(limits.name, { error: `A name can have at most ${limits.name} characters.` })
	),
	amount: emptyIsNull(amount),
	currency: z.string().regex(/^[A-Z]{3}$/, { error: 'A currency code such as EUR.' }),
	stage_id: id,
	company_id: emptyIsNull(id),
	contact_id: emptyIsNull(id),
	owner_id: emptyIsNull(id),
	expected_close: emptyIsNull(day),
	closed_on: emptyIsNull(day),
	close_reason: emptyIsNull(
		manyLines.pipe(
			z
				.string()
				.trim()
				.max(limits.closeReason, { error: `A reason can have at most ${limits.closeReason} characters.` })
		)
	),
	description: emptyIsNull(
		manyLines.pipe(
			z
				.string()
				.max(limits.description, { error: `A description can have at most ${limits.description.toLocaleString('en-US')} characters.` })
		)
	)
});

const rank = z.string().regex(/^[A-Za-z][0-9A-Za-z]{1,499}$/, { error: 'Not a rank.' });

/** A new deal: `org` and what its author filled in. */
export const newDeal = dealValues.partial().required({ name: true, stage_id: true }).extend({ org: id });

/** Values as the editor saw them; compared, never written. */
const seen = z.partialRecord(dealValues.keyof(), z.union([z.string().max(20_000), z.number(), z.null()]));

/** An edit: the version and values its author saw, what they changed, and a new place on the board. */
export const dealEdit = z.object({
	org: id,
	version: z.int().min(1),
	base: seen.default({}),
	changes: dealValues.partial().default({}),
	rank: rank.optional()
});

/** Which workspace a request is about. */
export const inWorkspace = z.object({ org: id });

const owner = id.optional();
const query = z.string().trim().max(100, { error: 'Search for at most 100 characters.' }).optional();

/** Which deals a board shows. */
export const boardScope = z.object({ org: id, pipeline: id, owner, query });

/** A board's first cards of every stage. */
export const boardWindow = boardScope.extend({ per_stage: z.coerce.number().int().min(1).max(100).default(25) });

/** The next cards of one stage. */
export const boardColumn = boardScope.extend({ stage: id, after_rank: rank, after_id: id });

/** Deals by id, comma-separated. */
export const dealIds = z.object({
	org: id,
	ids: z
		.string()
		.max(4_000)
		.transform((text) => text.split(','))
		.pipe(z.array(id).min(1).max(100))
});
