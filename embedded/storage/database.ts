import postgres, { type Sql, type TransactionSql } from 'postgres';
import type { Caller } from '../gateway/caller.ts';

/** One call of the API: who asks for what. */
export type Call = {
	request: Request;
	url: URL;
	caller: Caller;
	/** What policies know the call as (`storage.operation()`), such as storage.object.upload. */
	operation: string;
	/** The user's id; undefined for an API key. */
	owner: string | undefined;
};

/** A row of storage.buckets. */
export type Bucket = {
	id: string;
	name: string;
	owner: string | null;
	public: boolean;
	type: string;
	file_size_limit: number | null;
	allowed_mime_types: string[] | null;
	created_at: Date;
	updated_at: Date;
};

/** What is known of a file's content. */
export type FileFacts = Partial<{
	eTag: string;
	/** Bytes; so is `contentLength`. */
	size: number;
	contentLength: number;
	mimetype: string;
	cacheControl: string;
	lastModified: string;
	httpStatusCode: number;
}>;

/** A row of storage.objects. */
export type StoredObject = {
	id: string;
	bucket_id: string;
	name: string;
	owner: string | null;
	owner_id: string | null;
	/** Names the file on disk. */
	version: string | null;
	metadata: FileFacts | null;
	user_metadata: Record<string, unknown> | null;
	created_at: Date;
	updated_at: Date;
	last_accessed_at: Date;
};

export type Work<T> = (sql: TransactionSql) => Promise<T>;

const service: Caller = { role: 'service_role', claims: { role: 'service_role' } };

/** Undoes a transaction that was only a question. */
class Undone extends Error {}

/** Runs each step of a call in a transaction of its own, as the role it is made for. */
export class Database {
	readonly #sql: Sql;

	/** `url`: the database as supabase_storage_admin. */
	constructor(url: string) {
		this.#sql = postgres(url, {
			max: 6,
			idle_timeout: 60,
			onnotice: () => {},
			connection: { application_name: 'storage', TimeZone: 'UTC', statement_timeout: 30_000 },
			// File sizes fit into a number.
			types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } }
		});
	}

	async #run<T>(call: Call, { role, claims }: Caller, work: Work<T>): Promise<T> {
		const settings: [string, string][] = [
			['role', role],
			['request.jwt.claims', JSON.stringify({ ...claims, role })],
			['request.jwt.claim.role', role],
			['request.jwt.claim.sub', typeof claims.sub === 'string' ? claims.sub : ''],
			['request.headers', JSON.stringify(Object.fromEntries(call.request.headers))],
			['request.method', call.request.method],
			['request.path', call.url.pathname],
			['storage.operation', call.operation],
			// Rows go with their files here: the trigger that protects them lets them go.
			['storage.allow_delete_query', 'true']
		];
		let result: { value: T } | undefined;
		await this.#sql.begin(async (sql) => {
			await sql`select set_config(name, value, true) from unnest(${settings.map(([name]) => name)}::text[],
				${settings.map(([, value]) => value)}::text[]) as settings (name, value)`;
			result = { value: await work(sql) };
		});
		if (!result) throw new Error('A transaction ended without a result');
		return result.value;
	}

	/** As the caller: its policies decide. */
	asCaller<T>(call: Call, work: Work<T>): Promise<T> {
		return this.#run(call, call.caller, work);
	}

	/** As the service itself, past every policy: for what the caller was already allowed. */
	asService<T>(call: Call, work: Work<T>): Promise<T> {
		return this.#run(call, service, work);
	}

	/** Asks whether the caller's policies allow the work, and leaves no trace. Throws what the database says when they do not. */
	async rehearse(call: Call, work: Work<unknown>): Promise<void> {
		const undone = new Undone();
		try {
			await this.#run(call, call.caller, async (sql) => {
				await work(sql);
				throw undone;
			});
		} catch (error) {
			if (error !== undone) throw error;
		}
	}

	/** Of these versions, those that a row still names. */
	async named(versions: string[]): Promise<Set<string>> {
		const rows = await this.#sql<{ version: string }[]>`select version from storage.objects where version = any(${versions})`;
		return new Set(rows.map(({ version }) => version));
	}

	stop(): Promise<void> {
		return this.#sql.end({ timeout: 2 });
	}
}
