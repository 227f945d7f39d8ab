import { toast } from '$lib/ui/toast.svelte';
import type { Findable } from './search';

const names: Record<Findable, string> = { deals: 'Deal', companies: 'Company', contacts: 'Contact' };

async function move(to: 'trash' | 'restore', resource: Findable, ids: string[]): Promise<string[]> {
	const response = await fetch(`/api/records/${to}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ resource, ids })
	});
	const answer: { ids?: string[]; error?: { message: string } } = await response.json();
	if (!response.ok || !answer.ids) throw new Error(answer.error?.message ?? 'The server did not answer.');
	return answer.ids;
}

/** Says that a record went to the trash and offers the way back. `restored` is called once it is back. */
export function offerUndo(resource: Findable, id: string, restored: () => void): void {
	toast(`${names[resource]} moved to the trash`, {
		action: {
			label: 'Undo',
			run: async () => {
				try {
					const ids = await move('restore', resource, [id]);
					if (ids.length === 0) throw new Error('It could not be restored: your role does not allow it, or it is gone.');
					restored();
				} catch (problem) {
					toast(problem instanceof Error ? problem.message : 'It could not be restored. Try again.', {
						tone: 'danger',
						action: { label: 'Retry', run: () => offerUndo(resource, id, restored) }
					});
				}
			}
		}
	});
}
