import { expect, it } from 'vitest';
import { narrowReach } from './narrow-reach';

it('tells a member of narrow reach whose records they see, and that there may be others', () => {
	expect(narrowReach({ deals: { read: 'own' } }, 'deals')?.text).toMatch(
		/^Your role shows you the deals that you own, and .* shared with you\. There may be others\.$/
	);
	expect(narrowReach({ companies: { read: 'team' } }, 'companies')?.text).toContain('companies that you or your teams own');
});

it('says nothing to whoever reads all, so that an empty list is empty', () => {
	expect(narrowReach({ deals: { read: 'all' } }, 'deals')).toBeNull();
	expect(narrowReach({ deals: { read: 'own' } }, 'contacts')).toBeNull();
});
