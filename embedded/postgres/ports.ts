import { createServer } from 'node:net';
import { PortTaken } from './refusal.ts';

function bind(port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once('error', reject);
		probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
			const address = probe.address();
			const bound = address !== null && typeof address === 'object' ? address.port : port;
			probe.close(() => resolve(bound));
		});
	});
}

/**
 * The port to listen on: the wanted one when it is free, any free one for 0.
 * Throws PortTaken naming `variable` when the wanted one is in use.
 */
export async function claimPort(wanted: number, variable: string): Promise<number> {
	try {
		return await bind(wanted);
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		if (code === 'EADDRINUSE' || code === 'EACCES') throw new PortTaken(wanted, variable);
		throw error;
	}
}
