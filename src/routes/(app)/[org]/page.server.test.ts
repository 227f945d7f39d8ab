import { expect, it } from 'vitest';
import { load } from './+page.server';

it.each([
	['acme', '/acme/pipeline'],
	['/evil.test', '/%2Fevil.test/pipeline'],
	['\\evil.test', '/%5Cevil.test/pipeline']
])('/%s leads to a page of this site', async (org, location) => {
	const event: Parameters<typeof load>[0] = Object.assign(Object.create(null), { params: { org }, parent: async () => ({}) });
	await expect(load(event)).rejects.toMatchObject({ status: 307, location });
});

it('leads nowhere when the workspace does not open', async () => {
	const refusal = new Error('no such workspace');
	const parent = () => Promise.reject(refusal);
	const event: Parameters<typeof load>[0] = Object.assign(Object.create(null), { params: { org: 'acme' }, parent });
	await expect(load(event)).rejects.toBe(refusal);
});
