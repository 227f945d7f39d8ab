/** A cell as the reader hands it over: text, or a number where the workbook stored one. Dates of workbooks are ISO text. */
export type Cell = string | number;

/** What a field made of a cell. `reason` is a clause a person can act on, without the field's name in front. */
export type Parsed =
	| {
			ok: true;
			/** Text in the form the database takes; null where the cell says nothing. */
			value: string | null;
			/** Values the cell implies for other fields, best first (`€5` implies currency EUR). */
			implies?: Readonly<Record<string, readonly string[]>>;
			/** Something was changed on the way in, said once per column with a count. */
			note?: string;
	  }
	| { ok: false; reason: string };

/** What a parser knows beside the cell. */
export type ParseContext = {
	/** The chosen style of the column, one of the field's `styles.options`. */
	style: string;
	/** The workbook counts days from 1904 (old Excel for Mac). */
	date1904: boolean;
	/** The day of the import, `YYYY-MM-DD`. */
	today: string;
};

/** A guess how a column is written, and how many of its cells read differently under another style. */
export type StyleGuess = { value: string; dependent: number; mixed: boolean };

/** Ways to write the same thing that one cell alone cannot tell apart: 1,234 and 1.234, 3/4 and 4/3. */
export type FieldStyles = {
	label: string;
	options: readonly { value: string; label: string }[];
	/** `locale` breaks the tie where no cell of the column does. */
	guess(cells: Iterable<Cell>, locale: string): StyleGuess;
};

/** One field of a resource that an import can fill. */
export type ImportField = {
	key: string;
	label: string;
	required: boolean;
	/** Headers under which exports of other systems carry it, most telling first; compared by `comparisonKey`. */
	synonyms: readonly string[];
	/** Where values must be existing things (stages, members): the question put for a value that is none of them. */
	choice?: { noun: string; plural: string; mayBeEmpty: boolean };
	styles?: FieldStyles;
	parse(cell: Cell, context: ParseContext): Parsed;
};

/** An existing thing that a value of the file can mean. */
export type Choice = { id: string; label: string; names: readonly string[] };

/** What to do with rows that hold an unknown value: use an existing thing, use nothing, or leave them out. */
export type Answer = { use: string | null } | 'skip';

/** A resource that can be imported: its fields in the order they are asked about, and the row the database takes. */
export type ImportResource = {
	resource: string;
	fields: readonly ImportField[];
	/** The row to stage, from the parsed values by field key. */
	toRow(values: Readonly<Record<string, string | null>>): Record<string, string | null>;
};
