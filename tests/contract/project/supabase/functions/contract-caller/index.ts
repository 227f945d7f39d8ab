declare const Deno: {
	serve(handler: (request: Request) => Promise<Response>): unknown;
	env: { get(name: string): string | undefined };
};

/** Who calls, as Auth knows the bearer of the token; and what the service role sees of the project. Nothing of a key is in the answer. */
Deno.serve(async (request) => {
	const url = Deno.env.get('SUPABASE_URL') ?? '';
	const visitorKey = Deno.env.get('SUPABASE_ANON_KEY') ?? '';
	const serviceKey = Deno.env.get('SUPABASE_SERVICE_ROLE_KEY') ?? '';
	const authorization = request.headers.get('authorization') ?? '';
	const user = await fetch(`${url}/auth/v1/user`, { headers: { apikey: visitorKey, authorization } });
	const buckets = (key: string) => fetch(`${url}/storage/v1/bucket`, { headers: { apikey: key } });
	const [seen, visited] = await Promise.all([buckets(serviceKey), buckets(visitorKey)]);
	const { id }: { id?: string } = await user.json();
	return Response.json({ id: id ?? null, seen: (await seen.json()).length, visited: (await visited.json()).length });
});

// A module, whose Deno is its own.
export {};
