import { Stream } from 'node:stream';
import postgres from 'postgres';
import { splitStatements } from '../migrate/statements.ts';

/** How a run of a job ended, as job_run_details tells it. */
export type Outcome = { status: 'succeeded' | 'failed'; message: string };

type Result = { command: string | null; count: number | null; columns: unknown };

const isResult = (value: unknown): value is Result => typeof value === 'object' && value !== null && 'command' in value && 'count' in value;

/**
 * What pg_cron notes of a command that went through (src/pg_cron.c, GetTaskFeedback): of its last statement the number of rows that came back,
 * or else the command tag. The driver counts rows for certain only when there is one statement; of several, the tag stays without a number.
 */
export function outcomeOf(answer: unknown, command: string): Outcome {
	if (answer instanceof Stream) return { status: 'failed', message: 'COPY not supported' };
	const last: unknown = Array.isArray(answer) && !isResult(answer) ? answer.at(-1) : answer;
	if (!isResult(last) || last.command === null) return { status: 'succeeded', message: '0 rows' };
	const { command: tag, count, columns } = last;
	const isSingle = splitStatements(command).length <= 1;
	if (isSingle ? columns : ['SELECT', 'SHOW', 'EXPLAIN', 'FETCH'].includes(tag)) {
		const rows = count ?? 1;
		return { status: 'succeeded', message: `${rows} ${rows === 1 ? 'row' : 'rows'}` };
	}
	if (!isSingle || count === null) return { status: 'succeeded', message: tag };
	return { status: 'succeeded', message: tag === 'INSERT' ? `INSERT 0 ${count}` : `${tag} ${count}` };
}

/** The line that an error points into, as psql shows it. `position` counts characters from 1. */
function pointer(command: string, position: number): string {
	const before = [...command].slice(0, position - 1).join('');
	const number = before.split('\n').length;
	const label = `LINE ${number}: `;
	const column = [...(before.split('\n').at(-1) ?? '')].length;
	return `${label}${command.split('\n')[number - 1] ?? ''}\n${' '.repeat(label.length + column)}^\n`;
}

/** What pg_cron notes of a command that failed: libpq's message of the error. */
export function outcomeOfError(error: unknown, command: string): Outcome {
	if (!(error instanceof postgres.PostgresError)) return { status: 'failed', message: 'connection lost' };
	const position = Number(error.position);
	const lines = [
		`${error.severity}:  ${error.message}\n`,
		Number.isInteger(position) && position > 0 ? pointer(command, position) : '',
		error.detail ? `DETAIL:  ${error.detail}\n` : '',
		error.hint ? `HINT:  ${error.hint}\n` : '',
		error.where ? `CONTEXT:  ${error.where}\n` : ''
	];
	return { status: 'failed', message: lines.join('') };
}
