/** Where an import stands, as the endpoints answer. */
export type ImportStatus = {
	id: string;
	status: 'staging' | 'ready' | 'committed' | 'cancelled';
	total_rows: number;
	staged_rows: number;
	taken_rows: number;
	refused_rows: number;
};

/** A row that the database refused; `row_no` counts the staged rows from 0. */
export type RefusedRow = { row_no: number; error: string };
