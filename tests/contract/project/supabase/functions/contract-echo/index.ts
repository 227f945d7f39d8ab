declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

const cors = { 'access-control-allow-origin': 'https://app.example', 'access-control-allow-headers': 'authorization, x-mine' };

async function answerTo(request: Request): Promise<Response> {
	const { pathname, search } = new URL(request.url);
	if (request.method === 'OPTIONS') return new Response('ok', { headers: cors });
	if (pathname.endsWith('/page')) return new Response('<h1>Hi</h1>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
	if (pathname.endsWith('/throw')) throw new Error('on purpose');
	if (pathname.endsWith('/refuse')) return Response.json({ reason: 'teapot' }, { status: 418 });
	if (pathname.endsWith('/bytes')) return new Response(request.body, { headers: { 'content-type': 'application/octet-stream' } });
	const body = await request.text();
	return Response.json(
		{
			method: request.method,
			path: pathname + search,
			header: request.headers.get('x-mine'),
			type: request.headers.get('content-type'),
			body
		},
		{ status: 201, headers: [...Object.entries(cors), ['x-answer', 'yes'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }
	);
}

Deno.serve(answerTo);

// A module, whose Deno is its own.
export {};
