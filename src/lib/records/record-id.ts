const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for what can be the id of a record; anything else in an address leads nowhere and needs no query. */
export function isRecordId(text: string | null | undefined): text is string {
	return typeof text === 'string' && form.test(text);
}
