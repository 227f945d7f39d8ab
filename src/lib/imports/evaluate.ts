import { choiceKey, choicesByKey } from './choices';
import type { Answer, Cell, Choice, ImportField, ImportResource, StyleGuess } from './field';
import type { Mapping } from './mapping';

/** What the person decided about the file. Styles that are not named are guessed. */
export type Plan = {
	mapping: Mapping;
	styles: Readonly<Record<string, string>>;
	/** By field key, then by `choiceKey` of the value in the file; '' answers for rows that say nothing, `others` for every value not named. */
	answers: Readonly<Record<string, Readonly<Record<string, Answer>>>>;
	/** Values for rows in which nothing says one, by field key. */
	defaults: Readonly<Record<string, string>>;
	/** Existing things by the key of the choice field. */
	choices: Readonly<Record<string, readonly Choice[]>>;
	locale: string;
	today: string;
};

/** The key of an answer that holds for all unknown values without one of their own; no value has it as `choiceKey`. */
export const others = '*others*';

/** The part of a file below its header. `firstRow` is the number a spreadsheet gives its first row. */
export type Body = { rows: readonly (readonly Cell[])[]; firstRow: number; date1904: boolean; strictWidth: number | null };

/** A value of the file that is no existing thing, and how many rows hold it. */
export type Question = { field: string; key: string; value: string; rows: number; answer: Answer | null };

/** A row that is not taken, by the number a spreadsheet gives it. */
export type Refusal = { row: number; reasons: string[]; cells: readonly Cell[] };

export type Accepted = { row: number; data: Record<string, string | null> };

export type Evaluation = {
	/** Rows that hold anything. */
	total: number;
	accepted: Accepted[];
	refusals: Refusal[];
	questions: Question[];
	/** Rows that wait for an answer; they are neither accepted nor refused. */
	waiting: number;
	styles: Record<string, StyleGuess & { chosen: boolean }>;
	/** What was changed or filled in on the way, with counts. */
	notes: string[];
};

type Reader = { field: ImportField; column: number | null; style: string; byKey: ReadonlyMap<string, string> | null };

/** What became of one row: values and what is wrong or still open with it. */
type RowState = { values: Record<string, string | null>; implied: Map<string, readonly string[]>; reasons: string[]; waits: boolean };

const readableRows = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;

/** Reads every row of the body as the plan says. Pure; 50,000 rows take about half a second. */
export function evaluate(resource: ImportResource, body: Body, plan: Plan): Evaluation {
	const result: Evaluation = { total: 0, accepted: [], refusals: [], questions: [], waiting: 0, styles: {}, notes: [] };
	const questions = new Map<string, Question>();
	const notes = new Map<string, number>();
	const count = (note: string) => notes.set(note, (notes.get(note) ?? 0) + 1);
	const readers = resource.fields.map((field) => readerFor(field, body, plan, result));

	for (const [index, cells] of body.rows.entries()) {
		if (cells.length === 0) continue;
		result.total += 1;
		const row = body.firstRow + index;
		const overflow = body.strictWidth === null ? 0 : cells.findLastIndex((cell) => String(cell).trim() !== '') + 1 - body.strictWidth;
		if (overflow > 0) {
			result.refusals.push({
				row,
				cells,
				reasons: [
					`has ${overflow} more ${overflow === 1 ? 'cell' : 'cells'} than the header; a delimiter inside a cell may lack its quotes`
				]
			});
			continue;
		}
		const state: RowState = { values: {}, implied: new Map(), reasons: [], waits: false };
		for (const reader of readers) readCell(reader, cells, state, body, plan, questions, count);
		fillImplied(resource.fields, state, plan, count);
		if (state.reasons.length > 0) result.refusals.push({ row, reasons: state.reasons, cells });
		else if (state.waits) result.waiting += 1;
		else result.accepted.push({ row, data: resource.toRow(state.values) });
	}
	result.questions = [...questions.values()].sort((a, b) => Number(a.key === '') - Number(b.key === '') || b.rows - a.rows);
	result.notes = [...notes].map(([note, times]) => `${note} (${readableRows(times)}).`);
	return result;
}

function readerFor(field: ImportField, body: Body, plan: Plan, result: Evaluation): Reader {
	const column = plan.mapping[field.key] ?? null;
	const byKey = field.choice ? choicesByKey(plan.choices[field.key] ?? []) : null;
	if (!field.styles || column === null) return { field, column, style: '', byKey };
	const guess = field.styles.guess(cellsOf(body.rows, column), plan.locale);
	const chosen = plan.styles[field.key];
	result.styles[field.key] = { ...guess, value: chosen ?? guess.value, chosen: chosen !== undefined };
	return { field, column, style: chosen ?? guess.value, byKey };
}

function* cellsOf(rows: Body['rows'], column: number): Generator<Cell> {
	for (const row of rows) yield row[column] ?? '';
}

function readCell(
	reader: Reader,
	cells: readonly Cell[],
	state: RowState,
	body: Body,
	plan: Plan,
	questions: Map<string, Question>,
	count: (note: string) => void
): void {
	const { field } = reader;
	const cell = reader.column === null ? '' : (cells[reader.column] ?? '');
	const parsed = field.parse(cell, { style: reader.style, date1904: body.date1904, today: plan.today });
	if (!parsed.ok) {
		state.reasons.push(`${field.label}: ${parsed.reason}`);
		return;
	}
	if (parsed.note) count(`${field.label} ${parsed.note}`);
	for (const [key, values] of Object.entries(parsed.implies ?? {})) {
		const others = state.implied.get(key);
		state.implied.set(key, others ? others.filter((value) => values.includes(value)) : values);
	}
	if (reader.byKey) chooseValue(reader.byKey, field, parsed.value ?? '', state, plan, questions);
	else if (parsed.value === null && field.required) state.reasons.push(`${field.label}: is missing`);
	else state.values[field.key] = parsed.value;
}

/** Looks a value up among the existing things, else takes the answer given for it, else asks. */
function chooseValue(
	byKey: ReadonlyMap<string, string>,
	field: ImportField,
	text: string,
	state: RowState,
	plan: Plan,
	questions: Map<string, Question>
): void {
	const key = text === '' ? '' : choiceKey(text);
	const existing = byKey.get(key);
	if (existing !== undefined) {
		state.values[field.key] = existing;
		return;
	}
	const answers = plan.answers[field.key] ?? {};
	const answer = answers[key] ?? (key === '' ? null : (answers[others] ?? null));
	const id = `${field.key}\n${key}`;
	const asked = questions.get(id);
	if (asked) asked.rows += 1;
	else questions.set(id, { field: field.key, key, value: text.slice(0, 200), rows: 1, answer });
	if (answer === null) state.waits = true;
	else if (answer === 'skip')
		state.reasons.push(`${field.label}: ${text === '' ? 'none given' : `“${text.slice(0, 80)}”`}, left out as you chose`);
	else if (answer.use === null && !field.choice?.mayBeEmpty) state.reasons.push(`${field.label}: is missing`);
	else state.values[field.key] = answer.use;
}

/** Fills fields that other cells imply (the currency of “€5”), and refuses rows whose cells contradict each other. */
function fillImplied(fields: readonly ImportField[], state: RowState, plan: Plan, count: (note: string) => void): void {
	for (const field of fields) {
		const implied = state.implied.get(field.key);
		const own = state.values[field.key] ?? null;
		const fallback = plan.defaults[field.key];
		if (implied && own !== null && !implied.includes(own)) {
			state.reasons.push(`${field.label}: “${own}” contradicts ${implied.slice(0, 2).join(' or ')} in another cell`);
		} else if (implied && own === null) {
			const best = fallback !== undefined && implied.includes(fallback) ? fallback : implied[0];
			if (best === undefined) state.reasons.push(`${field.label}: two cells contradict each other`);
			else state.values[field.key] = best;
		} else if (own === null && fallback !== undefined && state.reasons.length === 0) {
			state.values[field.key] = fallback;
			if (!state.waits) count(`No ${field.label.toLowerCase()} is given, so ${fallback} is used`);
		}
	}
}
