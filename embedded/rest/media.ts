import { Problem } from './problem.ts';

/** The form of an answer. */
export type Media = { kind: 'array' | 'object' | 'csv'; stripNulls: boolean };

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
		default:
			return undefined;
	}
}

/** The first form of the `Accept` header that can be made; throws PGRST107 when there is none. */
export function readAccept(header: string | null): Media {
	if (header === null || header.trim() === '') return { kind: 'array', stripNulls: false };
	for (const type of header.split(',')) {
		const media = mediaOf(type);
		if (media) return media;
	}
	throw new Problem(406, 'PGRST107', `None of these media types are available: ${header}`);
}

export function contentType({ kind, stripNulls }: Media): string {
	const name = stripNulls && kind === 'array' ? 'application/vnd.pgrst.array+json' : contentTypes[kind];
	return `${name}${stripNulls ? ';nulls=stripped' : ''}; charset=utf-8`;
}
