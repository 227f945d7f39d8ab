import { expect, it } from 'vitest';
import { load } from './+page.server';

it.each([
	['acme', '/acme/pipeline'],
	['/evil.test', '/%2Fevil.test/pipeline'],
	['\\evil.test', '/%5Cevil.test/pipeline']
])('/%s leads to a page of this site', (org, location) => {
	const event: Parameters<typeof load>[0] = Object.assign(Object.create(null), { params: { org } });
	expect(() => load(event)).toThrow(expect.objectContaining({ status: 307, location }));
});
