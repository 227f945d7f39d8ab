import { inject, test } from 'vitest';

/** False where a project was named by the environment: its settings, clock, disk and mailboxes are not ours to change. */
export const isLocal = inject('platform').mailUrl !== '';

/** A test of the embedded platform alone: it starts parts of it, ends them, sets their clocks or looks at their disk. Left out, by its name, where a project was named. */
export const embeddedTest = test.runIf(isLocal);
