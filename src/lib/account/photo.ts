import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';

const bucket = 'avatars';
/** As the bucket has it; what the browser makes of a photo is a hundredth of this. */
const maxBytes = 2 * 1024 * 1024;

type Kind = { type: string; extension: string; begins: (bytes: Uint8Array) => boolean };

const startsWith = (bytes: Uint8Array, at: number, ...wanted: number[]) => wanted.every((byte, index) => bytes[at + index] === byte);

// What a file is shows in its first bytes; its name and type are only what the sender says.
const kinds: Kind[] = [
	{ type: 'image/png', extension: 'png', begins: (bytes) => startsWith(bytes, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) },
	{ type: 'image/jpeg', extension: 'jpg', begins: (bytes) => startsWith(bytes, 0, 0xff, 0xd8, 0xff) },
	{
		type: 'image/webp',
		extension: 'webp',
		begins: (bytes) => startsWith(bytes, 0, 0x52, 0x49, 0x46, 0x46) && startsWith(bytes, 8, 0x57, 0x45, 0x42, 0x50)
	}
];

/** What a file is, by its first bytes; null when it is no picture that browsers show. */
export function pictureKind(bytes: Uint8Array): { type: string; extension: string } | null {
	return kinds.find(({ begins }) => begins(bytes)) ?? null;
}

async function photoPath(supabase: Supabase, userId: string): Promise<string | null> {
	return unwrap(await supabase.from('profiles').select('photo_path').eq('id', userId).maybeSingle())?.photo_path ?? null;
}

/** Keeps a picture as a person's photo, in place of the one before. Throws AppError beside the field `photo`. */
export async function savePhoto(supabase: Supabase, userId: string, file: FormDataEntryValue | null): Promise<void> {
	if (!(file instanceof File) || file.size === 0) throw new AppError(400, 'invalid_input', 'Choose a picture first.', { field: 'photo' });
	if (file.size > maxBytes)
		throw new AppError(413, 'too_large', 'This picture is larger than 2 MB. Choose a smaller one.', { field: 'photo' });
	const bytes = new Uint8Array(await file.arrayBuffer());
	const kind = pictureKind(bytes);
	if (!kind) throw new AppError(400, 'no_picture', 'This is no PNG, JPEG or WebP picture.', { field: 'photo' });
	const before = await photoPath(supabase, userId);
	const path = `${userId}/${crypto.randomUUID()}.${kind.extension}`;
	const { error } = await supabase.storage.from(bucket).upload(path, bytes, { contentType: kind.type });
	if (error) throw new AppError(503, 'not_stored', 'The photo could not be stored. Try again in a moment.', { field: 'photo' }, error);
	unwrap(await supabase.from('profiles').update({ photo_path: path }).eq('id', userId));
	if (before) await supabase.storage.from(bucket).remove([before]);
}

/** Removes a person's photo; their initials stand there again. */
export async function removePhoto(supabase: Supabase, userId: string): Promise<void> {
	const before = await photoPath(supabase, userId);
	unwrap(await supabase.from('profiles').update({ photo_path: null }).eq('id', userId));
	if (before) await supabase.storage.from(bucket).remove([before]);
}

/** The photo of a person whom the caller may see, of the type that its bytes show. Throws 404, also when they are no picture. */
export async function readPhoto(supabase: Supabase, userId: string): Promise<Blob> {
	const path = await photoPath(supabase, userId);
	const { data } = path ? await supabase.storage.from(bucket).download(path) : { data: null };
	const bytes = new Uint8Array((await data?.arrayBuffer()) ?? []);
	// People can upload past this app: neither the type that storage names nor the content is to be believed.
	const kind = pictureKind(bytes);
	if (!kind) throw new AppError(404, 'no_photo', 'There is no such photo.');
	return new Blob([bytes], { type: kind.type });
}

/** The address of a person's photo in the app; another photo has another address. Null without one. */
export function photoUrl(userId: string, path: string | null): string | null {
	return path && `/api/people/${userId}/photo?v=${encodeURIComponent(path.slice(path.lastIndexOf('/') + 1))}`;
}
