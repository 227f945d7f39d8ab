/** Adds the headers that every answer carries: no sniffing, no framing, no referrer to other sites, and the request's id. */
export function secureHeaders(headers: Headers, given: { https: boolean; requestId: string; connect: string }): void {
	headers.set('x-request-id', given.requestId);
	headers.set('x-content-type-options', 'nosniff');
	headers.set('x-frame-options', 'DENY');
	headers.set('referrer-policy', 'same-origin');
	headers.set('cross-origin-opener-policy', 'same-origin');
	headers.set('cross-origin-resource-policy', 'same-origin');
	headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
	if (given.https) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
	// What is drawn or fetched for one person must not be stored for another.
	if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store');
	const policy = headers.get('content-security-policy');
	headers.set(
		'content-security-policy',
		policy ? `${policy}; connect-src 'self' ${given.connect}` : "default-src 'none'; form-action 'none'; sandbox; frame-ancestors 'none'"
	);
}
