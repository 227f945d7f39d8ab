import { Refusal } from './postgres/index.ts';

/** Writes one event of a program for the script that started it: a JSON object on a line of its own. */
export function tell(event: string, facts: object): void {
	process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

/** An error as an event tells it; `otherwise` is what to do about one that says nothing of that itself. */
export function explain(error: unknown, code: string, otherwise: string): { code: string; message: string; fix: string } {
	if (error instanceof Refusal) return { code: error.code, message: error.message, fix: error.fix };
	return { code, message: error instanceof Error ? error.message : String(error), fix: otherwise };
}
