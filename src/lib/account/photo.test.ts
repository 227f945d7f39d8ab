import { expect, it } from 'vitest';
import type { Supabase } from '$lib/server/supabase';
import { photoUrl, pictureKind, readPhoto } from './photo';

const bytes = (...values: (number | string)[]) =>
	new Uint8Array(values.flatMap((value) => (typeof value === 'number' ? [value] : [...value].map((char) => char.charCodeAt(0)))));

it.each([
	['a PNG', bytes(0x89, 'PNG\r\n', 0x1a, '\n', 'rest'), 'image/png'],
	['a JPEG', bytes(0xff, 0xd8, 0xff, 0xe0), 'image/jpeg'],
	['a WebP', bytes('RIFF', 1, 2, 3, 4, 'WEBPVP8'), 'image/webp']
])('%s is known by its first bytes', (_, file, type) => expect(pictureKind(file)?.type).toBe(type));

it.each([
	['a page that is called a picture', bytes('<svg onload=alert(1)>')],
	['a sound in a RIFF file', bytes('RIFF', 1, 2, 3, 4, 'WAVEfmt')],
	['nothing', bytes()]
])('%s is none', (_, file) => expect(pictureKind(file)).toBeNull());

it('gives another photo another address', () => {
	expect(photoUrl('u1', 'u1/a b.png')).toBe('/api/people/u1/photo?v=a%20b.png');
	expect(photoUrl('u1', null)).toBeNull();
});

/** A bucket that holds one file, of the type its uploader named. */
const keeping = (file: Uint8Array<ArrayBuffer>, type: string): Supabase => {
	const found = { data: { photo_path: 'u1/a.png' }, error: null };
	return Object.assign(Object.create(null), {
		from: () => ({ select: () => ({ eq: () => ({ maybeSingle: async () => found }) }) }),
		storage: { from: () => ({ download: async () => ({ data: new Blob([file], { type }), error: null }) }) }
	});
};

it('shows a photo as what it is, whatever its uploader called it', async () => {
	const shown = await readPhoto(keeping(bytes(0xff, 0xd8, 0xff, 0xe0), 'image/png/,application/xhtml+xml'), 'u1');
	expect(shown.type).toBe('image/jpeg');
	expect(new Uint8Array(await shown.arrayBuffer())).toEqual(bytes(0xff, 0xd8, 0xff, 0xe0));
});

it('shows nothing that is no picture', async () => {
	const page = bytes('<html xmlns="http://www.w3.org/1999/xhtml"/>');
	await expect(readPhoto(keeping(page, 'image/png'), 'u1')).rejects.toMatchObject({ status: 404, code: 'no_photo' });
});
