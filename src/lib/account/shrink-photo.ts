/** Pixels each way: enough for the largest place a photo is shown in, on sharp screens. */
const side = 256;

/**
 * A picture cut to its square middle and made small, in the browser: a phone's photo of 8 MB becomes some 20 KB, and where it was taken, which cameras
 * write into files, stays behind. Throws when the file is no picture.
 */
export async function shrinkPhoto(file: Blob): Promise<File> {
	const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
	const edge = Math.min(picture.width, picture.height);
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = side;
	const context = canvas.getContext('2d');
	if (!context) throw new Error('no canvas');
	// Transparent parts would become black in formats that know none.
	context.fillStyle = '#ffffff';
	context.fillRect(0, 0, side, side);
	context.imageSmoothingQuality = 'high';
	context.drawImage(picture, (picture.width - edge) / 2, (picture.height - edge) / 2, edge, edge, 0, 0, side, side);
	picture.close();
	const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/webp', 0.88));
	if (!blob) throw new Error('no picture');
	return new File([blob], 'photo', { type: blob.type });
}
