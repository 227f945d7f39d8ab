/** What a ZIP archive's directory declares: its entries, and their size once unpacked. Null when there is no readable directory. */
export function archiveContents(bytes: Uint8Array): { names: string[]; unpackedBytes: number } | null {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const endSignature = 0x06054b50;
	const entrySignature = 0x02014b50;
	// The end record is 22 bytes and may be followed by a comment of at most 65,535 (APPNOTE.TXT 4.3.16).
	let end = bytes.length - 22;
	const lowest = Math.max(0, end - 65_535);
	while (end >= lowest && view.getUint32(end, true) !== endSignature) end -= 1;
	if (end < lowest || end < 0) return null;

	const entries = view.getUint16(end + 10, true);
	let at = view.getUint32(end + 16, true);
	const names: string[] = [];
	let unpackedBytes = 0;
	for (let entry = 0; entry < entries; entry += 1) {
		if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) return null;
		unpackedBytes += view.getUint32(at + 24, true);
		const nameLength = view.getUint16(at + 28, true);
		names.push(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)));
		at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
	}
	return { names, unpackedBytes };
}
