import { z } from 'zod';

/** Which records an action is about. */
export const recordIds = z.object({
	resource: z.enum(['deals', 'companies', 'contacts'], 'Name deals, companies or contacts.'),
	ids: z.array(z.guid('This is not the id of a record.')).min(1, 'Name at least one record.').max(1000, 'At most 1000 records at a time.')
});
