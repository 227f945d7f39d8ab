import { BlockList, isIPv4, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * The addresses of this machine that a URL's host stands for, none when it is any other host. Names are not looked up, so that not even a
 * question leaves the machine: `localhost` and what ends in it (RFC 6761) are this machine, and `host.docker.internal`, by which a database of
 * `supabase start` calls its own API; every other name is not.
 */
export function loopbackAddresses(hostname: string): { address: string; family: 4 | 6 }[] {
	const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
	if (isIPv4(host)) return loopback.check(host, 'ipv4') ? [{ address: host, family: 4 }] : [];
	if (isIPv6(host)) return loopback.check(host, 'ipv6') && !host.includes('ffff:') ? [{ address: host, family: 6 }] : [];
	if (!/^(([a-z0-9_-]+\.)*localhost\.?|host\.docker\.internal)$/.test(host)) return [];
	return [
		{ address: '127.0.0.1', family: 4 },
		{ address: '::1', family: 6 }
	];
}
