import { contentType } from './media.ts';
import type { Media, Plan } from './media.ts';
import type { Work } from './serve-read.ts';

/**
 * The plan of a request in place of its answer (docs.postgrest.org, references/observability, execution plan). With `analyze` the
 * statement does run.
 */
export function explain(work: Work, media: Media, { format, options }: Plan): Work {
	const [statement] = work.statements;
	if (!statement) return work;
	const told = [`format ${format}`, ...options].join(', ');
	const name = `application/vnd.pgrst.plan+${format}; for="${contentType(media).replace(/; charset=.*$/, '')}"`;
	const type = `${name}${options.length > 0 ? `; options=${options.join('|')}` : ''}; charset=utf-8`;
	return {
		...work,
		statements: [{ text: `explain (${told}) ${statement.text}`, values: statement.values }],
		decide: ([rows = []]) => new Response(rows.map((row) => `${row['QUERY PLAN'] ?? ''}\n`).join(''), { headers: { 'content-type': type } })
	};
}
