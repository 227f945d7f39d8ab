import { Problem } from './problem.ts';

/** The form of an answer. */
export type Media = {
	kind: 'array' | 'object' | 'csv';
	stripNulls: boolean;
	/** Not the answer is wanted, but how the database comes to it. */
	plan?: Plan;
};

/** What `explain` of PostgreSQL is told. */
export type Plan = { format: 'json' | 'text'; options: string[] };

const contentTypes = { array: 'application/json', object: 'application/vnd.pgrst.object+json', csv: 'text/csv' };

function mediaOf(type: string): Media | undefined {
	const [name = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
	const stripNulls = parameters.includes('nulls=stripped');
	switch (name) {
		case '*/*':
		case 'application/*':
		case 'application/json':
			return { kind: 'array', stripNulls: false };
		case 'application/vnd.pgrst.array+json':
		case 'application/vnd.pgrst.array':
			return { kind: 'array', stripNulls };
		case 'application/vnd.pgrst.object+json':
		case 'application/vnd.pgrst.object':
			return { kind: 'object', stripNulls };
		case 'text/csv':
			return { kind: 'csv', stripNulls: false };
		case 'application/vnd.pgrst.plan':
		case 'application/vnd.pgrst.plan+text':
			return { ...plannedFor(type), plan: { format: 'text', options: planOptions(parameters) } };
		case 'application/vnd.pgrst.plan+json':
			return { ...plannedFor(type), plan: { format: 'json', options: planOptions(parameters) } };
		default:
			return undefined;
	}
}

/** The form whose plan is asked for: `for="application/json"`, which may have parameters of its own. */
function plannedFor(type: string): Media {
	const wanted = /for="([^"]*)"/i.exec(type)?.[1];
	return (wanted === undefined ? undefined : mediaOf(wanted)) ?? { kind: 'array', stripNulls: false };
}

function planOptions(parameters: string[]): string[] {
	const list = parameters.find((parameter) => parameter.startsWith('options='))?.slice('options='.length) ?? '';
	return list.split('|').filter((option) => ['analyze', 'verbose', 'settings', 'buffers', 'wal'].includes(option));
}

/** The first form of the `Accept` header that can be made; throws PGRST107 when there is none. */
export function readAccept(header: string | null, planEnabled: boolean): Media {
	if (header === null || header.trim() === '') return { kind: 'array', stripNulls: false };
	for (const type of header.split(',')) {
		const media = mediaOf(type);
		if (media && (planEnabled || !media.plan)) return media;
	}
	throw new Problem(406, 'PGRST107', `None of these media types are available: ${header}`, { hint: hintFor(header) });
}

function hintFor(header: string): string | null {
	if (header.includes('vnd.pgrst.plan'))
		return "Plans are off. To see them: alter role authenticator set pgrst.db_plan_enabled = 'true'; notify pgrst, 'reload config'";
	if (header.includes('geo+json')) return 'GeoJSON needs PostGIS, which the embedded database does not have.';
	return null;
}

export function contentType({ kind, stripNulls }: Media): string {
	const name = stripNulls && kind === 'array' ? 'application/vnd.pgrst.array+json' : contentTypes[kind];
	return `${name}${stripNulls ? ';nulls=stripped' : ''}; charset=utf-8`;
}
