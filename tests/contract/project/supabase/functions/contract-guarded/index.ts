declare const Deno: { serve(handler: (request: Request) => Response): unknown };

Deno.serve((request) => Response.json({ authorization: request.headers.get('authorization') }));

// A module, whose Deno is its own.
export {};
