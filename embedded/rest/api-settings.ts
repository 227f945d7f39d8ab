/** How the API behaves as a whole. */
export type ApiSettings = {
	/** Schemas served, the first by default. */
	schemas: readonly string[];
	/** Schemas whose names need no prefix in functions and defaults, behind the served one. */
	extraSearchPath: readonly string[];
	/** The most rows an answer shows. */
	maxRows: number;
	/** `schema.function` that is called before each request, as the caller. */
	preRequest: string | undefined;
	/** Whether `explain()` is answered. */
	planEnabled: boolean;
	/** How the transaction of a request ends, and whether `Prefer: tx` may choose. */
	txEnd: { rollback: boolean; mayChoose: boolean };
};

const listOf = (text: string) => text.split(',').flatMap((part) => part.trim() || []);

/**
 * The settings of the role `authenticator` go before those of the start, as in PostgREST's in-database configuration:
 * `alter role authenticator set pgrst.db_max_rows = 100; notify pgrst, 'reload config'`
 * (docs.postgrest.org, references/configuration). Schemas are read by the catalog's query, which needs them.
 */
export function readSettings(ofRole: Readonly<Record<string, string>>, defaults: ApiSettings): ApiSettings {
	const maxRows = Number(ofRole['pgrst.db_max_rows'] || Number.NaN);
	const path = ofRole['pgrst.db_extra_search_path'];
	const txEnd = ofRole['pgrst.db_tx_end'];
	return {
		schemas: defaults.schemas,
		extraSearchPath: path === undefined ? defaults.extraSearchPath : listOf(path),
		maxRows: Number.isInteger(maxRows) && maxRows > 0 ? maxRows : defaults.maxRows,
		preRequest: ofRole['pgrst.db_pre_request'] || defaults.preRequest,
		planEnabled: ofRole['pgrst.db_plan_enabled'] === undefined ? defaults.planEnabled : isTrue(ofRole['pgrst.db_plan_enabled']),
		txEnd: txEnd === undefined ? defaults.txEnd : { rollback: txEnd.startsWith('rollback'), mayChoose: txEnd.endsWith('-allow-override') }
	};
}

const isTrue = (text: string) => /^(true|on|yes|1)$/i.test(text.trim());
