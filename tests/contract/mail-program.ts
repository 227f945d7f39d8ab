import { startMail } from '../../embedded/mail/index.ts';
import { serverToken } from './mail-server.ts';

/** The mail service in a process of its own, for tests that kill it: takes the database's URL, prints where it listens. */
const [databaseUrl = ''] = process.argv.slice(2);

const service = await startMail({
	adminUrl: (database = 'postgres') => Object.assign(new URL(databaseUrl), { pathname: `/${database}` }).href,
	port: 0,
	smtpPort: 0,
	serverToken
});
console.log(JSON.stringify({ port: service.port, smtpPort: service.smtpPort }));
