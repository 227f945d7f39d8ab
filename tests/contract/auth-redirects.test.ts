import { describe, expect, inject, test } from 'vitest';
import { isAllowedRedirect } from '../../embedded/auth/redirects.ts';
import { call, newPerson, operator, succeeded } from './auth-clients.ts';
import { follow } from './letters.ts';

const { secretKey } = inject('platform');

// Source: supabase/auth internal/utilities/request.go (IsRedirectURLValid) and supabase.com/docs/guides/auth/redirect-urls.
const settings = {
	siteUrl: 'https://app.example.com',
	additionalRedirectUrls: [
		'https://exact.example.com/welcome',
		'https://*.preview.example.com/**',
		'https://one.example.com/*/done',
		'https://q.example.com/?',
		'com.example.app://callback',
		'https://{red,blue}.example.com/in',
		'https://**.deep.example.com/**',
		'https://*-team.preview.app/**'
	]
};

describe('a link may lead to', () => {
	test.each([
		'https://app.example.com',
		'https://app.example.com/anything?next=/deep#part',
		'https://exact.example.com/welcome',
		'https://exact.example.com/welcome#part',
		'https://branch-1.preview.example.com/a/b?c=d',
		'https://one.example.com/42/done',
		'https://q.example.com/a',
		'https://red.example.com/in',
		'https://a.b.deep.example.com/x',
		'https://one-team.preview.app/',
		'com.example.app://callback',
		'http://127.0.0.1:9999/callback',
		'http://[::1]:3000/'
	])('%s', (target) => expect(isAllowedRedirect(target, settings)).toBe(true));
});

describe('a link never leads to', () => {
	test.each([
		'',
		'/relative',
		'//evil.example',
		'https://evil.example',
		'http://app.example.com',
		'https://app.example.com:8443/',
		'https://app.example.com.evil.example/',
		'https://app.example.com@evil.example/',
		'https://evil.example/https://app.example.com',
		'https://evil.example\\@app.example.com/',
		'https://evil.example\\.preview.example.com/',
		'https:\\\\evil.example',
		'https:evil.example',
		'https:///evil.example/',
		'https://app.example.com\t.evil.example/',
		'https://app.exa\nmple.com/',
		'https://app.example.com/a\r\nset-cookie: b=c',
		'https://app.example.com/\u0000',
		'https://app.example.com/\\evil.example',
		'com.example.app://callback\n',
		'https://a.b.preview.example.com/',
		'https://preview.example.com/',
		'https://evil.example/.preview.example.com/x',
		'https://evil.example#.preview.example.com/',
		'https://evil.example?.preview.example.com/',
		'https://one.example.com/a/b/done',
		'https://exact.example.com/welcome/more',
		'https://exact.example.com/welcome?next=//evil.example',
		'https://green.example.com/in',
		'https://2130706433/',
		'http://3232235777/',
		'http://192.168.1.1/',
		'http://10.0.0.1:3000/',
		'https://evil?.preview.example.com/',
		'https://evil?-team.preview.app/x',
		'https://evil.example?.deep.example.com/',
		'https://evil.example/.deep.example.com/',
		'https://evil.example/?-team.preview.app/x',
		`https://a.preview.example.com/${'a'.repeat(2048)}`,
		'javascript:alert(1)',
		'JavaScript://app.example.com/%0aalert(1)',
		'data:text/html,<script>alert(1)</script>',
		'com.example.app://callback.evil',
		'com.example.other://callback'
	])('%j', (target) => expect(isAllowedRedirect(target, settings)).toBe(false));
});

test('a pattern with many wildcards takes no longer for a target made to be slow', () => {
	const slow = { siteUrl: 'https://app.example.com', additionalRedirectUrls: ['https://**-**-**.example.com/**-**-**-**-**x'] };
	const time = (target: string) => {
		const started = performance.now();
		expect(isAllowedRedirect(target, slow)).toBe(false);
		return performance.now() - started;
	};
	const length = 1990;
	time(`https://a-a-a.example.com/${'a'.repeat(length)}`);
	const [plain, hostile] = [
		time(`https://a-a-a.example.com/${'a'.repeat(length)}`),
		time(`https://a-a-a.example.com/${'-a'.repeat(length / 2)}`)
	];
	expect(hostile / plain).toBeLessThan(50);
});

test('a link made for elsewhere, or changed on its way, leads to the site', async () => {
	const { email } = await newPerson();
	const asked = await call('/auth/v1/admin/generate_link', {
		method: 'POST',
		headers: { apikey: secretKey },
		body: JSON.stringify({ type: 'magiclink', email, redirect_to: 'https://evil.example/' })
	});
	expect(JSON.stringify(await asked.json())).not.toContain('evil');
	const made = succeeded(
		await operator().auth.admin.generateLink({ type: 'magiclink', email, options: { redirectTo: 'https://evil.example/' } })
	);
	expect(made.properties.redirect_to).not.toContain('evil');
	const link = new URL(made.properties.action_link);
	link.searchParams.set('redirect_to', 'https://evil.example/steal');
	const { to, fragment } = await follow(link);
	expect(to.hostname).not.toContain('evil');
	expect(fragment.get('access_token')).not.toBeNull();
	const wrong = await follow(link);
	expect(wrong.to.hostname, 'nor with an error').not.toContain('evil');
});
