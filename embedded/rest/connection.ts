import { createConnection, type Socket } from 'node:net';
import { DatabaseError, parse, serialize } from 'pg-protocol';
import { DataRowMessage, ReadyForQueryMessage, RowDescriptionMessage } from 'pg-protocol/dist/messages.js';
import { Scram } from './scram.ts';

export type Row = Record<string, string | null>;

export type Statement = {
	text: string;
	values: string[];
	/** A command such as `commit`, which has no rows and no plan that is worth keeping. */
	isCommand?: boolean;
};

/** A statement the server has parsed; it keeps its plan under the name. */
type Prepared = { name: string; columns: string[] };

/** A statement on its way: what is sent of it, and what has come back. */
type Sent = { text: string; prepared: Prepared; rows: Row[] };

type Batch = {
	sent: Sent[];
	/** Place of the statement whose answer comes now. */
	current: number;
	/** Places of the statements that are parsed and described for the first time, in their order. */
	unparsed: number[];
	error: Error | undefined;
	resolve: (rows: Row[][]) => void;
	reject: (error: Error) => void;
};

/** The most statements a connection keeps prepared; each holds memory in the database. */
const maxPrepared = 500;

const connectPatienceMs = 5_000;

/** The connection is not there (any more); what was under way on it may or may not have happened. */
export class ConnectionLost extends Error {
	constructor(cause?: unknown) {
		super('The connection to the database was lost.', { cause });
		this.name = 'ConnectionLost';
	}
}

type Login = { host: string; port: number; user: string; password: string; database: string };

function readUrl(text: string): Login {
	const url = new URL(text);
	return {
		host: url.hostname,
		port: Number(url.port),
		user: decodeURIComponent(url.username),
		password: decodeURIComponent(url.password),
		database: decodeURIComponent(url.pathname.slice(1))
	};
}

/**
 * A connection that sends several statements in one piece and hears of all of them at once, which the driver used elsewhere cannot
 * do: it ends each statement with a Sync, and each Sync costs the server and us a packet. Values travel as the text they are:
 * PostgreSQL reads them by the type of the place they stand in.
 *
 * Protocol: postgresql.org/docs/17/protocol-flow.html, Extended Query and Pipelining.
 */
export class Connection {
	readonly #socket: Socket;
	/** By text; those used last are at the end. */
	readonly #prepared = new Map<string, Prepared>();
	#count = 0;
	#batch: Batch | undefined;
	#opening: { login: Login; scram: Scram; resolve: () => void; reject: (error: Error) => void } | undefined;
	#lost: Error | undefined;
	/** Between `begin` and its end, also one that failed. */
	inTransaction = false;

	private constructor(login: Login) {
		this.#socket = createConnection({ host: login.host, port: login.port, noDelay: true, keepAlive: true });
	}

	/** Logs in. Throws a DatabaseError when the server refuses, ConnectionLost when there is none. */
	static async open(url: string, settings: Record<string, string>): Promise<Connection> {
		const login = readUrl(url);
		const connection = new Connection(login);
		await connection.#open(login, settings);
		return connection;
	}

	get isOpen(): boolean {
		return this.#lost === undefined;
	}

	#open(login: Login, settings: Record<string, string>): Promise<void> {
		const socket = this.#socket;
		return new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => this.#lose(new ConnectionLost(new Error('no answer'))), connectPatienceMs);
			const settle = <T extends unknown[]>(done: (...args: T) => void) => {
				return (...args: T) => {
					clearTimeout(timer);
					done(...args);
				};
			};
			this.#opening = { login, scram: new Scram(login.password), resolve: settle(resolve), reject: settle(reject) };
			socket.on('error', (error) => this.#lose(new ConnectionLost(error)));
			socket.on('close', () => this.#lose(new ConnectionLost()));
			socket.on('connect', () => socket.write(serialize.startup({ user: login.user, database: login.database, ...settings })));
			parse(socket, (message) => this.#hear(message)).catch(() => {});
		});
	}

	/** Nothing more can be said or heard: whoever waits is told, and the socket is closed. */
	#lose(error: Error): void {
		if (this.#lost) return;
		this.#lost = error;
		this.#socket.destroy();
		this.#opening?.reject(error);
		this.#batch?.reject(this.#batch.error ?? error);
		this.#opening = undefined;
		this.#batch = undefined;
	}

	/**
	 * Runs the statements in their order and gives the rows of each. Without a `begin` among them they are one transaction, which the
	 * end of the batch commits. Throws the first error; what stands behind it did not run. One batch at a time.
	 */
	run(statements: readonly Statement[]): Promise<Row[][]> {
		if (this.#lost) return Promise.reject(this.#lost);
		if (this.#batch) throw new Error('The connection is in use.');
		// In front, where no error makes the server skip them.
		const closing: Buffer[] = [];
		const pieces: Buffer[] = [];
		const sent: Sent[] = [];
		const unparsed: number[] = [];
		for (const [index, { text, values, isCommand }] of statements.entries()) {
			if (isCommand) {
				pieces.push(serialize.parse({ text }), serialize.bind(), serialize.execute());
				sent.push({ text, prepared: { name: '', columns: [] }, rows: [] });
				continue;
			}
			const isNew = !this.#prepared.has(text);
			const prepared = this.#take(text, closing);
			if (isNew) {
				pieces.push(serialize.parse({ name: prepared.name, text }), serialize.describe({ type: 'S', name: prepared.name }));
				unparsed.push(index);
			}
			pieces.push(serialize.bind({ statement: prepared.name, values }), serialize.execute());
			sent.push({ text, prepared, rows: [] });
		}
		pieces.push(serialize.sync());
		return new Promise((resolve, reject) => {
			this.#batch = { sent, current: 0, unparsed, error: undefined, resolve, reject };
			this.#socket.write(Buffer.concat([...closing, ...pieces]));
		});
	}

	/** The statement as the server knows it or is about to; makes room for a new one by closing the one used longest ago. */
	#take(text: string, closing: Buffer[]): Prepared {
		const prepared = this.#prepared.get(text) ?? { name: `s${this.#count++}`, columns: [] };
		this.#prepared.delete(text);
		this.#prepared.set(text, prepared);
		const [oldest] = this.#prepared;
		if (oldest && this.#prepared.size > maxPrepared) {
			closing.push(serialize.close({ type: 'S', name: oldest[1].name }));
			this.#prepared.delete(oldest[0]);
		}
		return prepared;
	}

	#hear(message: { name: string }): void {
		const batch = this.#batch;
		if (message instanceof DataRowMessage) {
			const sent = batch?.sent[batch.current];
			if (!sent) return;
			const row: Row = {};
			for (const [index, column] of sent.prepared.columns.entries()) row[column] = message.fields[index];
			sent.rows.push(row);
		} else if (message instanceof RowDescriptionMessage) {
			const sent = batch?.sent[batch.current];
			if (sent) sent.prepared.columns = message.fields.map(({ name }) => name);
			batch?.unparsed.shift();
		} else if (message instanceof DatabaseError) this.#fail(message);
		else if (message instanceof ReadyForQueryMessage) this.#ready(message.status);
		else if (message.name === 'noData') batch?.unparsed.shift();
		else if (message.name === 'commandComplete' || message.name === 'emptyQuery') {
			if (batch) batch.current += 1;
		} else if (this.#opening) this.#logIn(message);
	}

	#logIn(message: { name: string; mechanisms?: unknown; data?: unknown }): void {
		const { scram, login } = this.#opening ?? {};
		if (!scram || !login) return;
		const data = String(message.data ?? '');
		try {
			if (message.name === 'authenticationSASL')
				this.#socket.write(serialize.sendSASLInitialResponseMessage(scram.mechanism, scram.initial));
			else if (message.name === 'authenticationSASLContinue')
				scram.prove(data).then(
					(proof) => this.#socket.write(serialize.sendSCRAMClientFinalMessage(proof)),
					(error: unknown) => this.#lose(new ConnectionLost(error))
				);
			else if (message.name === 'authenticationSASLFinal') scram.verify(data);
			else if (message.name === 'authenticationCleartextPassword' || message.name === 'authenticationMD5Password')
				throw new Error('The database asks for a password in a form that could be stolen.');
		} catch (error) {
			this.#lose(new ConnectionLost(error));
		}
	}

	#fail(error: DatabaseError): void {
		if (error.severity === 'FATAL' || error.severity === 'PANIC') return this.#lose(error);
		if (!this.#batch) return;
		this.#batch.error ??= error;
		// The server never came to parse these, or could not.
		for (const index of this.#batch.unparsed) this.#prepared.delete(this.#batch.sent[index]?.text ?? '');
	}

	#ready(status: string): void {
		this.inTransaction = status !== 'I';
		const [opening, batch] = [this.#opening, this.#batch];
		this.#opening = undefined;
		this.#batch = undefined;
		opening?.resolve();
		// A function of the database may have thrown away what we prepared.
		if (batch?.error instanceof DatabaseError && batch.error.code === '26000') this.#prepared.clear();
		if (batch?.error) batch.reject(batch.error);
		else batch?.resolve(batch.sent.map(({ rows }) => rows));
	}

	/** Says goodbye; what is under way is cut off. */
	close(): Promise<void> {
		if (this.#lost) return Promise.resolve();
		return new Promise((resolve) => {
			this.#socket.once('close', resolve);
			this.#lost = new ConnectionLost();
			this.#batch?.reject(this.#lost);
			this.#batch = undefined;
			this.#socket.end(serialize.end());
		});
	}
}
