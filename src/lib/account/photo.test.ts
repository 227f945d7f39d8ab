import { expect, it } from 'vitest';
import { photoUrl, pictureKind } from './photo';

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
