import type { Person } from '../support/workspace.ts';
import { baseUrl } from './endpoint.ts';

/** The cookies of a session of its own, by the form, for requests without a browser. Throws when the sign-in is refused. */
export async function cookieOf({ email, password }: Pick<Person, 'email' | 'password'>): Promise<string> {
	const answer = await fetch(`${baseUrl()}/sign-in`, {
		method: 'POST',
		redirect: 'manual',
		headers: { origin: baseUrl(), accept: 'text/html' },
		body: new URLSearchParams({ email, password })
	});
	if (answer.status !== 303) throw new Error(`not signed in: ${answer.status}`);
	return answer.headers
		.getSetCookie()
		.map((each) => each.slice(0, each.indexOf(';')))
		.join('; ');
}
