import { Refusal } from '../postgres/index.ts';

const nothingChanged = 'Nothing was changed.';

/** The file is not what a dump is: broken off, altered, or of another kind. */
export const damaged = (what: string, cause?: unknown) =>
	new Refusal('damaged_dump', `The dump is damaged: ${what}.`, `${nothingChanged} Take another copy of it.`, { cause });

export const notADump = (file: string) =>
	new Refusal('not_a_dump', `${file} is not a dump of GeminiCRM.`, `${nothingChanged} A dump is made with: npm run dump`);

/** A dump that is whole, and of something that cannot run here. */
export const doesNotFit = (code: string, message: string, fix: string) => new Refusal(code, message, `${nothingChanged} ${fix}`);
