import { generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { prepareDatabase, startPostgres } from '../../embedded/postgres/index.ts';
import { createRealtime, type Limits } from '../../embedded/realtime/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import type { Door } from './realtime-clients.ts';

/** The Realtime server alone, over a database of its own: for tests that break the connection or need their own limits and keys. */
export type LoneRealtime = Door & {
	/** As supabase_admin. */
	sql: postgres.Sql;
	/** For another process to connect as that. */
	dbUrl: string;
	/** Signs a token the server believes; `role` is authenticated unless said otherwise. */
	sign(claims: JWTPayload, expiresInSeconds?: number): Promise<string>;
	stop(): Promise<void>;
};

const publishableKey = 'sb_publishable_test';

/** Starts a server whose private topics are open to tokens with that topic in their claim `topics`, or in `watch` for presence alone. */
export async function startLoneRealtime(limits: Partial<Limits> = {}): Promise<LoneRealtime> {
	const folder = await scratchFolder('realtime');
	const database = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	await prepareDatabase(database);
	const sql = postgres(database.adminUrl(), { max: 2, onnotice: () => {} });
	await sql`
		create policy "readers are listed" on realtime.messages for select to authenticated
		using (current_setting('request.jwt.claims')::jsonb -> 'topics' ? realtime.topic()
			or extension = 'presence' and current_setting('request.jwt.claims')::jsonb -> 'watch' ? realtime.topic())`;
	await sql`
		create policy "presence is open to readers" on realtime.messages for insert to authenticated
		with check (extension = 'presence' and current_setting('request.jwt.claims')::jsonb -> 'topics' ? realtime.topic())`;

	const { privateKey, publicKey } = await generateKeyPair('ES256');
	const realtime = createRealtime({
		adminUrl: database.adminUrl(),
		verifyToken: async (token) => (await jwtVerify(token, publicKey, { algorithms: ['ES256'] })).payload,
		keyRole: (key) => (key === publishableKey ? 'anon' : null),
		limits,
		log: () => {}
	});
	const http = createServer().on('upgrade', realtime.upgrade);
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
	const { port } = http.address() as AddressInfo;
	await realtime.ready();
	return {
		apiUrl: `http://127.0.0.1:${port}`,
		publishableKey,
		sql,
		dbUrl: database.adminUrl(),
		sign: (claims, expiresInSeconds = 3_600) =>
			new SignJWT({ role: 'authenticated', ...claims })
				.setProtectedHeader({ alg: 'ES256' })
				.setExpirationTime(Math.floor(Date.now() / 1_000) + expiresInSeconds)
				.sign(privateKey),
		async stop() {
			await realtime.stop();
			http.close();
			await sql.end();
			await database.stop();
			await folder.remove();
		}
	};
}
