/**
 * A deal as the board holds it. `amount` is in major units of `currency` (two decimals; null: not known yet), dates are
 * ISO days, instants ISO 8601.
 */
export type Deal = {
	id: string;
	version: number;
	name: string;
	amount: number | null;
	currency: string;
	pipeline_id: string;
	stage_id: string;
	company_id: string | null;
	owner_id: string | null;
	/** Place within the stage: a fractional key, compared byte by byte. */
	rank: string;
	expected_close: string | null;
	stage_entered_at: string;
	closed_on: string | null;
	company: { id: string; name: string } | null;
};

/** A deal with what only its panel shows. */
export type DealDetail = Deal & {
	contact_id: string | null;
	close_reason: string | null;
	description: string | null;
	created_at: string;
	updated_at: string;
	contact: { id: string; first_name: string; last_name: string } | null;
};

/** A contact's first and last name as one. */
export const fullName = ({ first_name, last_name }: { first_name: string; last_name: string }): string =>
	`${first_name} ${last_name}`.trim();

/** The columns that make a `Deal`, for the REST API. */
export const dealColumns =
	'id, version, name, amount, currency, pipeline_id, stage_id, company_id, owner_id, rank, expected_close, stage_entered_at, closed_on, company:companies(id, name)';

/** The columns that make a `DealDetail`. */
export const dealDetailColumns =
	`${dealColumns}, contact_id, close_reason, description, created_at, updated_at, contact:contacts(id, first_name, last_name)` as const;

/** What a person may set on a deal; the board sets `stage_id` with a rank. */
export type DealValues = {
	name: string;
	amount: number | null;
	currency: string;
	stage_id: string;
	company_id: string | null;
	contact_id: string | null;
	owner_id: string | null;
	expected_close: string | null;
	closed_on: string | null;
	close_reason: string | null;
	description: string | null;
};

/** The order of cards in a column: by rank, equal ranks by id. */
export function compareRanks(a: { rank: string; id: string }, b: { rank: string; id: string }): number {
	if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
	return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Limits that the database checks, told beforehand by the form. */
export const limits = { name: 200, closeReason: 500, description: 10_000, amount: 9_999_999_999_999.99 };

/** Labels of a deal's fields, as the interface names them. */
export const dealLabels: Record<keyof DealValues, string> = {
	name: 'Name',
	amount: 'Amount',
	currency: 'Currency',
	stage_id: 'Stage',
	company_id: 'Company',
	contact_id: 'Contact',
	owner_id: 'Owner',
	expected_close: 'Expected close',
	closed_on: 'Closed on',
	close_reason: 'Reason',
	description: 'Description'
};

const dayMs = 86_400_000;

/** Whole days between two ISO days of one calendar; none when the first is the later one. */
export function daysSince(day: string, today: string): number {
	return Math.max(0, Math.round((Date.parse(today) - Date.parse(day)) / dayMs));
}

/** Should an open deal have been closed before `today`? */
export function isOverdue(deal: Pick<Deal, 'expected_close'>, kind: string, today: string): boolean {
	return kind === 'open' && deal.expected_close !== null && deal.expected_close < today;
}

/** This moment, as the database writes moments. */
export const nowIso = (): string => new Date().toISOString();

/** One step of a deal's way through the stages; a stage that was removed is null. */
export type StageChange = {
	id: string;
	from_stage_id: string | null;
	to_stage_id: string | null;
	changed_at: string;
	changed_by: string | null;
};

/** Can the text be the id of a record? An address may hold anything. */
export const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
