import { describe, expect, it } from 'vitest';
import { offLimits } from './view-as';

describe('while the app is seen as somebody else', () => {
	it.each([
		['GET', '/(app)/[org]/pipeline'],
		['GET', '/(app)/[org]/accounts'],
		['GET', null],
		['POST', '/api/board/window'],
		['POST', '/auth/view-as/end'],
		['POST', '/auth/realtime-token'],
		['POST', '/auth/sign-out']
	])('%s %s is let through: the database reads only', (method, route) => expect(offLimits(method, route)).toBe(false));

	// The route is what Kit found behind the path, however that was spelled: /%61ccount too.
	it.each([
		['POST', '/(app)/[org]/settings/members'],
		['POST', '/(app)/account/password'],
		['GET', '/(app)/account'],
		['GET', '/(app)/account/sessions'],
		['HEAD', '/(app)/account/sessions'],
		['DELETE', '/auth/view-as'],
		['POST', '/(public)/welcome'],
		['POST', null]
	])('%s %s is not: it would act for the admin', (method, route) => expect(offLimits(method, route)).toBe(true));
});
