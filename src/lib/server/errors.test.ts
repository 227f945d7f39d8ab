import { describe, expect, it } from 'vitest';
import { AppError, toAppError, toAuthError, unwrap } from './errors';

describe('what the database says becomes what a person reads', () => {
	it.each([
		[{ code: '42501', message: 'permission denied for table deals' }, 403, 'forbidden', undefined],
		[
			{ code: '23514', message: 'new row for relation "deals" violates check constraint "deals_expected_close_range"' },
			400,
			'invalid_value',
			{ field: 'expected_close' }
		],
		[
			{ code: '23505', message: 'duplicate key value violates unique constraint "companies_domain_key"' },
			409,
			'already_exists',
			{ field: 'domain' }
		],
		[
			{ code: '23503', message: 'insert or update on table "deals" violates foreign key constraint "deals_company_id_fkey"' },
			409,
			'reference_missing',
			{ field: 'company_id' }
		],
		[
			{ code: '23503', message: 'The record …', details: 'company_id', hint: 'reference_not_found' },
			409,
			'reference_missing',
			{ field: 'company_id' }
		],
		[
			{ code: '23503', message: 'The owner must be an active member.', hint: 'owner_not_active' },
			409,
			'owner_not_active',
			{ field: 'owner_id' }
		],
		[{ code: '23503', message: 'x', details: 'Key (id)=(1) is still referenced from table "deals".' }, 409, 'still_used', undefined],
		[{ code: 'P0001', message: 'say why the deal was lost', hint: 'close_reason_required' }, 400, 'close_reason_required', undefined],
		[{ code: 'PT401', message: 'This session has ended. Sign in again.', hint: 'session_ended' }, 401, 'session_ended', undefined],
		[{ code: 'PT403', message: 'Enter the code first.', hint: 'second_factor' }, 403, 'second_factor', undefined],
		[{ code: '42501', message: 'This session has ended. Sign in again.', hint: 'session_not_found' }, 401, 'session_ended', undefined],
		[{ code: '42501', message: 'Confirm your second factor first.', hint: 'insufficient_aal' }, 403, 'insufficient_aal', undefined],
		[{ code: 'PT403', message: 'realtime tokens cannot read' }, 403, 'refused', undefined],
		[{ code: 'PGRST303', message: 'JWT expired' }, 401, 'session_ended', undefined],
		[{ code: 'PGRST003', message: 'Timed out acquiring connection from connection pool.' }, 503, 'unreachable', undefined],
		[{ code: '', message: 'TypeError: fetch failed' }, 503, 'unreachable', undefined]
	])('%o', (said, status, code, details) => {
		const error = toAppError(said);
		expect(error).toMatchObject({ status, code });
		expect(error.details).toEqual(details);
		expect(error.message).toMatch(/^[A-Z].*\.$/);
	});

	it('never shows the raw text of an error it does not know', () => {
		expect(toAppError({ code: 'XX000', message: 'secret internals' }).message).not.toContain('secret');
	});

	it('passes data through and throws on errors', () => {
		expect(unwrap({ data: [1], error: null })).toEqual([1]);
		expect(() => unwrap({ data: null, error: { code: 'PGRST116', message: 'no rows' } })).toThrow(AppError);
	});
});

describe('what Auth says', () => {
	it('names the field that a taken address belongs to', () => {
		expect(toAuthError({ code: 'user_already_exists', status: 422, message: 'User already registered' })).toMatchObject({
			status: 409,
			details: { field: 'email' }
		});
	});
	it('is an outage when there is no code', () => {
		expect(toAuthError({ message: 'fetch failed' }).status).toBe(503);
	});
});
