import { describe, expect, it } from 'vitest';
import { offLimits } from './view-as';

describe('while the app is seen as somebody else', () => {
	it.each([
		['GET', '/demo/pipeline'],
		['POST', '/api/board/window'],
		['POST', '/auth/view-as/end'],
		['POST', '/auth/realtime-token']
	])('%s %s is let through: the database reads only', (method, path) => expect(offLimits(method, path)).toBe(false));

	it.each([
		['POST', '/demo/settings/members'],
		['POST', '/account/password'],
		['GET', '/account'],
		['GET', '/account/sessions'],
		['DELETE', '/auth/view-as'],
		['POST', '/welcome']
	])('%s %s is not: it would act for the admin', (method, path) => expect(offLimits(method, path)).toBe(true));
});
