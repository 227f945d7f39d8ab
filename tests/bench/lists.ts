import type { Bench, Figure } from './measure.ts';
import { measureNewest } from './newest.ts';
import { addDeals } from './world.ts';

/** The fifty newest of 100,000 deals, for callers of every scope. */
export const run = (bench: Bench): Promise<Record<string, Figure>> =>
	measureNewest(bench, { resource: 'deals', fill: (workspace) => addDeals(bench, workspace, 100_000), restGoal: 1.2, sqlGoalMs: 0.8 });
