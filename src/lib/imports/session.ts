import { evaluate, type Accepted, type Body, type Evaluation, type Plan, type Question, type Refusal } from './evaluate';
import type { Cell, ImportResource } from './field';
import { columnsOf, findHeader, type Column } from './header';
import { importLimits } from './limits';
import { guessMapping, type Mapping } from './mapping';
import { readTable } from './read-table';
import { refusedCsv } from './refused-csv';
import { tooManyRows, type RawTable } from './table';

/** What the page needs to show a file: its columns with examples, and the mapping guessed. */
export type Overview = {
	sheets: string[];
	sheet: string | null;
	notices: string[];
	/** Index of the header row, null where the file has none. */
	headerRow: number | null;
	columns: (Column & { examples: string[] })[];
	/** Rows below the header that hold something. */
	rows: number;
	mapping: Mapping;
	/** The first rows as they stand in the file, to choose the header from. */
	top: string[][];
};

/** An evaluation in the size the page shows; the rest stays with the session. */
export type Summary = Omit<Evaluation, 'accepted' | 'refusals' | 'questions'> & {
	accepted: number;
	refused: number;
	/** The first accepted rows. */
	preview: Accepted[];
	/** The first refused rows. */
	refusals: Refusal[];
	/** The values asked about that most rows hold, some for each field. */
	questions: Question[];
	/** How many values of each field are asked about, shown or not. */
	asked: Record<string, number>;
};

/** Consecutive accepted rows to stage. `firstRow` counts accepted rows from 0. */
export type Chunk = { firstRow: number; rows: Record<string, string | null>[] };

const shownRows = 20;
const shownQuestions = 40;

/** One file on its way in: holds the table, so that the page holds only what it shows. Lives in a worker. */
export class ImportSession {
	#resource: ImportResource;
	#bytes: Uint8Array = new Uint8Array();
	#table: RawTable = { rows: [], date1904: false, kind: 'text', notices: [], sheets: [], sheet: null };
	#headerRow: number | null = null;
	#columns: Column[] = [];
	#evaluation: Evaluation | null = null;

	constructor(resource: ImportResource) {
		this.#resource = resource;
	}

	/** Reads the file and guesses. Throws FileRefused. */
	async open(bytes: Uint8Array): Promise<Overview> {
		this.#table = await readTable(bytes);
		this.#bytes = bytes;
		return this.#useTable();
	}

	/** Turns to another sheet of the workbook. */
	async useSheet(name: string): Promise<Overview> {
		this.#table = await readTable(this.#bytes, name);
		return this.#useTable();
	}

	/** Takes another row as the header, or none. */
	useHeader(row: number | null): Overview {
		this.#headerRow = row;
		return this.#overview();
	}

	#useTable(): Overview {
		this.#headerRow = findHeader(this.#table.rows, this.#resource.fields);
		return this.#overview();
	}

	#body(): Body {
		const { rows, date1904, kind } = this.#table;
		const first = this.#headerRow === null ? 0 : this.#headerRow + 1;
		const header = this.#headerRow === null ? null : (rows[this.#headerRow] ?? []);
		const width = header && header.findLastIndex((cell) => String(cell).trim() !== '') + 1;
		return { rows: rows.slice(first), firstRow: first + 1, date1904, strictWidth: kind === 'text' ? width : null };
	}

	#overview(): Overview {
		const { rows, sheets, sheet, notices } = this.#table;
		const body = this.#body();
		const filled = body.rows.filter((row) => row.length > 0);
		if (filled.length > importLimits.rows) throw tooManyRows();
		this.#evaluation = null;
		this.#columns = columnsOf(rows, this.#headerRow).filter((column) => body.strictWidth === null || column.index < body.strictWidth);
		return {
			sheets,
			sheet,
			notices,
			headerRow: this.#headerRow,
			columns: this.#columns.map((column) => ({ ...column, examples: examplesOf(filled, column.index) })),
			rows: filled.length,
			mapping: guessMapping(this.#columns, filled, this.#resource.fields),
			top: rows.slice(0, 12).map((row) => row.slice(0, 8).map((cell) => String(cell).slice(0, 60)))
		};
	}

	/** Reads every row by the plan and keeps the outcome for `chunk` and `refusedCsv`. */
	evaluate(plan: Plan): Summary {
		const evaluation = evaluate(this.#resource, this.#body(), plan);
		this.#evaluation = evaluation;
		const asked: Record<string, number> = {};
		const questions = evaluation.questions.filter(({ field }) => {
			asked[field] = (asked[field] ?? 0) + 1;
			return asked[field] <= shownQuestions;
		});
		return {
			total: evaluation.total,
			waiting: evaluation.waiting,
			styles: evaluation.styles,
			notes: evaluation.notes,
			accepted: evaluation.accepted.length,
			refused: evaluation.refusals.length,
			preview: evaluation.accepted.slice(0, shownRows),
			refusals: evaluation.refusals.slice(0, importLimits.shownRefusals),
			questions,
			asked
		};
	}

	/** The accepted rows from `firstRow` on, as many as one request may carry; empty at the end. */
	chunk(firstRow: number): Chunk {
		const accepted = this.#evaluation?.accepted ?? [];
		const rows: Chunk['rows'] = [];
		let bytes = 0;
		while (rows.length < importLimits.chunkRows) {
			const next = accepted[firstRow + rows.length];
			if (!next) break;
			bytes += new TextEncoder().encode(JSON.stringify(next.data)).length + 1;
			if (bytes > importLimits.chunkBytes && rows.length > 0) break;
			rows.push(next.data);
		}
		return { firstRow, rows };
	}

	/** The row of the file, as a spreadsheet counts, that an accepted row came from. */
	fileRow(acceptedRow: number): number | null {
		return this.#evaluation?.accepted[acceptedRow]?.row ?? null;
	}

	/** Every refused row as CSV: those refused here, and those the database refused, by their number among the accepted. */
	refusedCsv(byServer: readonly { acceptedRow: number; reason: string }[]): string {
		const cellsAt = (row: number): readonly Cell[] => this.#table.rows[row - 1] ?? [];
		const late = byServer.flatMap(({ acceptedRow, reason }) => {
			const row = this.fileRow(acceptedRow);
			return row === null ? [] : [{ row, reasons: [reason], cells: cellsAt(row) }];
		});
		const lines = [...(this.#evaluation?.refusals ?? []), ...late].sort((a, b) => a.row - b.row);
		return refusedCsv(this.#columns, lines);
	}
}

function examplesOf(rows: readonly (readonly Cell[])[], column: number): string[] {
	const examples = new Set<string>();
	for (const row of rows) {
		const text = String(row[column] ?? '').trim();
		if (text !== '') examples.add(text.slice(0, 60));
		if (examples.size === 3) break;
	}
	return [...examples];
}
