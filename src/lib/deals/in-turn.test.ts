import { describe, expect, it } from 'vitest';
import { InTurn } from './in-turn';

describe('tasks in turn', () => {
	it('of one key run one after the other, also after a failure; other keys do not wait', async () => {
		const turn = new InTurn();
		const log: string[] = [];
		let fail = () => {};
		const first = turn.run('a', () => new Promise<void>((_, reject) => (fail = () => reject(new Error('no')))));
		const second = turn.run('a', async () => void log.push('second'));
		await turn.run('b', async () => void log.push('other'));
		fail();
		await expect(first).rejects.toThrow('no');
		await second;
		expect(log).toEqual(['other', 'second']);
	});
});
