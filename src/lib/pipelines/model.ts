/** What entering a stage means for a deal: still open, or closed one way or the other. */
export type StageKind = 'open' | 'won' | 'lost';

/** A step of a pipeline; `probability` in percent. */
export type Stage = { id: string; name: string; kind: StageKind; probability: number; position: number };

/** A way of selling, with its stages in order. */
export type Pipeline = { id: string; name: string; position: number; is_default: boolean; stages: Stage[] };

/** The columns that make a `Pipeline`, for the REST API. */
export const pipelineColumns = 'id, name, position, is_default, stages(id, name, kind, probability, position)';

/** Reads a stage kind from the database's text. */
export function stageKind(text: string): StageKind {
	return text === 'won' || text === 'lost' ? text : 'open';
}

/** Stages as a board shows them: by position, then by name where positions collide. */
export function inOrder<T extends { position: number; name: string }>(items: T[]): T[] {
	return items.toSorted((a, b) => a.position - b.position || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
