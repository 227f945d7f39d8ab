import { expect, it } from 'vitest';
import { secureHeaders } from './headers';

function policyOf(given: Record<string, string>): string | null {
	const headers = new Headers(given);
	secureHeaders(headers, { https: true, requestId: 'request-1', connect: 'wss://db.test' });
	return headers.get('content-security-policy');
}

it('an answer that is no page runs, loads and sends nothing, and is framed nowhere', () => {
	expect(policyOf({})).toBe("default-src 'none'; form-action 'none'; sandbox; frame-ancestors 'none'");
});

it('a page keeps its policy and may reach the live server', () => {
	expect(policyOf({ 'content-security-policy': "default-src 'self'" })).toBe("default-src 'self'; connect-src 'self' wss://db.test");
});
