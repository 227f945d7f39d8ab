import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { inOrder, pipelineColumns, stageKind, type Pipeline } from './model';

/** Every pipeline of the workspace with its stages, in order. */
export async function listPipelines(supabase: Supabase, org: string): Promise<Pipeline[]> {
	const rows = unwrap(await supabase.from('pipelines').select(pipelineColumns).eq('org_id', org));
	return inOrder(rows.map((row) => ({ ...row, stages: inOrder(row.stages.map((stage) => ({ ...stage, kind: stageKind(stage.kind) }))) })));
}
