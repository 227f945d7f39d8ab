/** Hands text to the person as a file to keep. */
export function saveFile(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	// The browser has taken hold of the contents by the next turn of the event loop.
	setTimeout(() => URL.revokeObjectURL(url));
}
