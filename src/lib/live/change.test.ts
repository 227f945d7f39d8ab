import { describe, expect, it } from 'vitest';
import { readChange } from './change';

describe('a change message', () => {
	it('names rows, the actor and the request', () => {
		expect(readChange({ table: 'things', op: 'update', rows: [{ id: 'a', version: 3 }], actor: 'ada', request_id: 'r' })).toEqual({
			table: 'things',
			op: 'update',
			rows: [{ id: 'a', version: 3 }],
			count: null,
			actor: 'ada',
			requestId: 'r'
		});
	});

	it('may carry a count in place of rows', () => {
		expect(readChange({ table: 'things', op: 'insert', count: 5000 })).toMatchObject({ rows: [], count: 5000 });
	});

	it.each([null, 'x', 7, {}, { table: 'things', op: 'explode', rows: [] }, { op: 'update', rows: [] }])('is not %j', (payload) => {
		expect(readChange(payload)).toBeNull();
	});
});
