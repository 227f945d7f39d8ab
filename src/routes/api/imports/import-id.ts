import { z } from 'zod';
import { AppError } from '$lib/server/errors';

/** The import a path names. Throws 404 for anything but a uuid: such an import cannot exist. */
export function importId(text: string): string {
	const id = z.guid().safeParse(text);
	if (!id.success) throw new AppError(404, 'not_found', 'There is no such import.');
	return id.data;
}
