import type { Pipeline } from '$lib/pipelines/model';
import type { Deal } from './model';

/** Which deals a board shows: those of one pipeline, of one owner if given, matching a text if given. */
export type BoardScope = { org: string; pipeline: string; owner?: string | undefined; query?: string | undefined };

/** The place of the first card of a column that is not loaded. */
export type Edge = { rank: string; id: string };

/** Cards of some stages, and for each stage that has more the place where they begin. */
export type BoardWindow = { deals: Deal[]; edges: Record<string, Edge> };

/** How many deals a stage holds in one currency; `amount_minor` in hundredths. */
export type StageTotal = { stage_id: string; currency: string; deals: number; amount_minor: number };

/** Everything a board needs for its first paint. */
export type BoardView = { scope: BoardScope; pipeline: Pipeline; window: BoardWindow; totals: StageTotal[] };
