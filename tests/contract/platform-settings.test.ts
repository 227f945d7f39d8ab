import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../embedded/postgres/index.ts';
import { loadSettings, parseSettings, type Settings, type Surroundings } from '../../embedded/settings/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

// What the file means is specified by the Supabase CLI: github.com/supabase/cli, apps/cli-go/pkg/config and packages/config.

let root: string;
let removeFolder: () => Promise<void>;

beforeAll(async () => {
	({ path: root, remove: removeFolder } = await scratchFolder('settings'));
	await mkdir(join(root, 'project/supabase/templates'), { recursive: true });
	await writeFile(join(root, 'outside.html'), 'outside');
	await writeFile(join(root, 'project/supabase/templates/invite.html'), '<p>invite</p>');
	await symlink(join(root, 'outside.html'), join(root, 'project/supabase/templates/link.html'));
	root = join(root, 'project');
});
afterAll(() => removeFolder());

const read = (toml: string, surroundings: Surroundings = {}) => parseSettings(toml, { root, ...surroundings });

/** Why the file is refused. */
function refused(toml: string, surroundings: Surroundings = {}): Refusal {
	try {
		read(toml, surroundings);
	} catch (error) {
		if (error instanceof Refusal) return error;
		throw error;
	}
	throw new Error(`accepted: ${toml}`);
}

test('an empty file means the defaults of the CLI', () => {
	const { api, auth, mail } = read('');
	expect(api).toEqual({ schemas: ['public', 'graphql_public'], extraSearchPath: ['public', 'extensions'], maxRows: 1000 });
	const { email, ...rest } = auth;
	expect(rest).toEqual({
		siteUrl: 'http://127.0.0.1:3000',
		additionalRedirectUrls: ['https://127.0.0.1:3000'],
		externalUrl: '',
		jwtExpiry: 3600,
		enableSignup: true,
		enableRefreshTokenRotation: true,
		refreshTokenReuseInterval: 10,
		minimumPasswordLength: 6,
		passwordCharacters: [],
		rateLimit: { emailSent: Infinity, tokenRefresh: 150, signInSignUps: 30, tokenVerifications: 30, factors: expect.any(Number) },
		sessions: { timebox: 0, inactivityTimeout: 0 },
		mfa: { maxEnrolledFactors: 10, totp: { enrollEnabled: false, verifyEnabled: false } },
		hooks: { customAccessToken: null, beforeUserCreated: null }
	});
	const { templates, ...letters } = email;
	expect(letters).toEqual({
		enabled: true,
		doubleConfirmChanges: true,
		enableConfirmations: false,
		securePasswordChange: false,
		maxFrequency: 1,
		otpLength: 6,
		otpExpiry: 3600,
		notifications: {},
		smtp: null
	});
	expect(Object.keys(templates).sort()).toEqual(['confirmation', 'email_change', 'invite', 'magic_link', 'reauthentication', 'recovery']);
	for (const { subject, html } of Object.values(templates)) expect([subject, html]).not.toContain('');
	expect(mail).toEqual({ enabled: true, adminEmail: 'admin@email.com', senderName: 'Admin' });
});

const smtp = '[auth.email.smtp]\nhost = "smtp.x.test"\nport = 587\nuser = "u"\npass = "p"\nadmin_email = "a@x.test"\n';

describe('each key is read', () => {
	const cases: [string, (settings: Settings) => unknown, unknown][] = [
		['[api]\nschemas = ["a"]', ({ api }) => api.schemas, ['a']],
		['[api]\nmax_rows = 5', ({ api }) => api.maxRows, 5],
		['[auth]\nsite_url = "https://crm.test"', ({ auth }) => auth.siteUrl, 'https://crm.test'],
		['[auth]\nadditional_redirect_urls = ["https://a.test/**"]', ({ auth }) => auth.additionalRedirectUrls, ['https://a.test/**']],
		['[auth]\nexternal_url = "https://auth.test/v1/"', ({ auth }) => auth.externalUrl, 'https://auth.test/v1'],
		['[auth]\njwt_expiry = 604800', ({ auth }) => auth.jwtExpiry, 604_800],
		['[auth]\nenable_signup = false', ({ auth }) => [auth.enableSignup, auth.email.enabled], [false, true]],
		['[auth]\nenable_refresh_token_rotation = false', ({ auth }) => auth.enableRefreshTokenRotation, false],
		['[auth]\nrefresh_token_reuse_interval = 0', ({ auth }) => auth.refreshTokenReuseInterval, 0],
		['[auth]\nminimum_password_length = 12', ({ auth }) => auth.minimumPasswordLength, 12],
		[
			'[auth]\npassword_requirements = "lower_upper_letters_digits"',
			({ auth }) => auth.passwordCharacters,
			['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789']
		],
		['[auth]\npassword_requirements = "letters_digits"', ({ auth }) => auth.passwordCharacters.map((set) => set.length), [52, 10]],
		[
			'[auth]\npassword_requirements = "lower_upper_letters_digits_symbols"',
			({ auth }) => auth.passwordCharacters.map((set) => set.length),
			[26, 26, 10, 32]
		],
		['[auth.email]\nenabled = false', ({ auth }) => [auth.email.enabled, auth.enableSignup], [false, true]],
		['[auth.email]\nenable_signup = false', ({ auth }) => auth.email.enabled, false],
		['[auth.email]\nenabled = true\nenable_signup = false', ({ auth }) => auth.email.enabled, true],
		['[auth.email]\ndouble_confirm_changes = false', ({ auth }) => auth.email.doubleConfirmChanges, false],
		['[auth.email]\nenable_confirmations = true', ({ auth }) => auth.email.enableConfirmations, true],
		['[auth.email]\nsecure_password_change = true', ({ auth }) => auth.email.securePasswordChange, true],
		['[auth.email]\nmax_frequency = "1m30s"', ({ auth }) => auth.email.maxFrequency, 90],
		// GoTrue takes nothing for not set, and then waits its own minute.
		['[auth.email]\nmax_frequency = "0s"', ({ auth }) => auth.email.maxFrequency, 60],
		['[auth.email]\notp_length = 10', ({ auth }) => auth.email.otpLength, 10],
		['[auth.email]\notp_expiry = 600', ({ auth }) => auth.email.otpExpiry, 600],
		['[auth.rate_limit]\ntoken_refresh = 1', ({ auth }) => auth.rateLimit.tokenRefresh, 1],
		['[auth.rate_limit]\nsign_in_sign_ups = 2', ({ auth }) => auth.rateLimit.signInSignUps, 2],
		['[auth.rate_limit]\ntoken_verifications = 3', ({ auth }) => auth.rateLimit.tokenVerifications, 3],
		// Letters are counted only where they leave this machine.
		['[auth.rate_limit]\nemail_sent = 4', ({ auth }) => auth.rateLimit.emailSent, Infinity],
		[`${smtp}[auth.rate_limit]\nemail_sent = 4`, ({ auth }) => auth.rateLimit.emailSent, 4],
		[smtp, ({ auth }) => auth.rateLimit.emailSent, 2],
		[
			`${smtp}sender_name = "CRM"`,
			({ auth }) => auth.email.smtp,
			{ host: 'smtp.x.test', port: 587, user: 'u', pass: 'p', adminEmail: 'a@x.test', senderName: 'CRM' }
		],
		[`${smtp}enabled = false`, ({ auth }) => auth.email.smtp, null],
		['[auth.sessions]\ntimebox = "24h"', ({ auth }) => auth.sessions.timebox, 86_400],
		['[auth.sessions]\ninactivity_timeout = "8h30m"', ({ auth }) => auth.sessions.inactivityTimeout, 30_600],
		['[auth.mfa]\nmax_enrolled_factors = 2', ({ auth }) => auth.mfa.maxEnrolledFactors, 2],
		[
			'[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true',
			({ auth }) => auth.mfa.totp,
			{ enrollEnabled: true, verifyEnabled: true }
		],
		[
			'[auth.hook.custom_access_token]\nenabled = true\nuri = "pg-functions://postgres/private/claims"',
			({ auth }) => auth.hooks.customAccessToken,
			{ schema: 'private', function: 'claims', uri: 'pg-functions://postgres/private/claims' }
		],
		[
			'[auth.hook.before_user_created]\nenabled = true\nuri = "pg-functions://postgres/public/gate"',
			({ auth }) => auth.hooks.beforeUserCreated?.function,
			'gate'
		],
		['[auth.hook.custom_access_token]\nenabled = false\nuri = "https://x.test"', ({ auth }) => auth.hooks.customAccessToken, null],
		[
			'[local_smtp]\nenabled = false\nadmin_email = "crm@x.test"\nsender_name = "CRM"',
			({ mail }) => mail,
			{ enabled: false, adminEmail: 'crm@x.test', senderName: 'CRM' }
		],
		['[inbucket]\nsender_name = "Old"', ({ mail }) => mail.senderName, 'Old']
	];
	test.each(cases)('%s', (toml, value, expected) => {
		expect(value(read(toml))).toEqual(expected);
	});
});

test.each([
	['0', 0],
	['1500ms', 1.5],
	['.5s', 0.5],
	['1.5h', 5400],
	['2h3m4s', 7384],
	['+1m', 60],
	['1000000µs', 1]
])('the duration %j is %d seconds', (text, seconds) => {
	expect(read(`[auth.sessions]\ntimebox = "${text}"`).auth.sessions.timebox).toBeCloseTo(seconds, 9);
});

test.each(['', '1', '1 h', '-1h', 'h', '1d', '1h-1m', '1e3s'])('%j is no duration', (text) => {
	expect(refused(`[auth.sessions]\ntimebox = "${text}"`).message).toContain('[auth.sessions] timebox must be a duration such as');
});

describe('env(NAME)', () => {
	const env = {
		TEXT: 'https://crm.test',
		NUMBER: '900',
		YES: 'true',
		ONE: '1',
		LIST: 'https://a.test, https://b.test',
		TIME: '5m',
		EMPTY: ''
	};
	test.each<[string, (settings: Settings) => unknown, unknown]>([
		['[auth]\nsite_url = "env(TEXT)"', ({ auth }) => auth.siteUrl, 'https://crm.test'],
		['[auth]\njwt_expiry = "env(NUMBER)"', ({ auth }) => auth.jwtExpiry, 900],
		['[auth.email]\nenable_confirmations = "env(YES)"', ({ auth }) => auth.email.enableConfirmations, true],
		['[auth.email]\nenable_confirmations = "env(ONE)"', ({ auth }) => auth.email.enableConfirmations, true],
		['[auth.email]\nmax_frequency = "env(TIME)"', ({ auth }) => auth.email.maxFrequency, 300],
		['[auth]\nadditional_redirect_urls = "env(LIST)"', ({ auth }) => auth.additionalRedirectUrls, ['https://a.test', 'https://b.test']],
		['[auth]\nadditional_redirect_urls = ["x://y", "env(TEXT)"]', ({ auth }) => auth.additionalRedirectUrls, ['x://y', 'https://crm.test']],
		// Only a whole value stands for a variable.
		['[auth]\nsite_url = "x env(TEXT)"', ({ auth }) => auth.siteUrl, 'x env(TEXT)']
	])('%s', (toml, value, expected) => {
		expect(value(read(toml, { env }))).toEqual(expected);
	});

	test('a variable named after a key goes before the file', () => {
		const overrides = { SUPABASE_AUTH_SITE_URL: 'https://over.test', SUPABASE_AUTH_EMAIL_ENABLE_CONFIRMATIONS: 'true' };
		const { auth } = read('[auth]\nsite_url = "https://file.test"', { env: overrides });
		expect([auth.siteUrl, auth.email.enableConfirmations]).toEqual(['https://over.test', true]);
	});

	test.each(['NOWHERE', 'EMPTY'])('a variable that is not set is asked for: %s', (name) => {
		const refusal = refused(`[auth]\nsite_url = "env(${name})"`, { env });
		expect(refusal.message).toBe(
			`supabase/config.toml: [auth] site_url takes its value from the environment variable ${name}, which is not set.`
		);
		expect(refusal.fix).toContain(`Set ${name} (in the shell, or in supabase/.env)`);
	});

	test('a section that is off may name variables that are not set', () => {
		expect(read(`${smtp.replace('"p"', '"env(NOWHERE)"')}enabled = false`).auth.email.smtp).toBeNull();
		expect(() => read('[auth.sms.twilio]\nenabled = false\nauth_token = "env(NOWHERE)"')).not.toThrow();
	});

	test('text messages without a provider are off, as the CLI has it', () => {
		expect(() => read('[auth.sms]\nenable_signup = true\n[auth.sms.twilio]\nenabled = false')).not.toThrow();
	});

	test('a variable of the wrong form is named, its value is not told', () => {
		const { message } = refused('[auth]\njwt_expiry = "env(TEXT)"', { env });
		expect(message).toBe('supabase/config.toml: [auth] jwt_expiry must be a whole number, and the variable TEXT is not.');
		expect(refused('[auth]\nenable_signup = "env(TEXT)"', { env }).message).toContain('must be true or false, and the variable TEXT');
	});
});

describe('what cannot be taken is named as the file does', () => {
	test.each([
		['[auth]\njwt_expiry = 604801', '[auth] jwt_expiry must be at most 604800.'],
		['[auth]\njwt_expiry = 0', '[auth] jwt_expiry must be at least 1.'],
		['[auth]\njwt_expiry = "3600"', '[auth] jwt_expiry must be a whole number.'],
		['[auth]\nrefresh_token_reuse_interval = -1', '[auth] refresh_token_reuse_interval must be at least 0.'],
		['[auth]\nsite_url = ""', '[auth] site_url is missing.'],
		['[auth]\nsite_url = 3', '[auth] site_url must be a string.'],
		['[auth]\nenable_signup = "yes"', '[auth] enable_signup must be true or false.'],
		['[auth]\nadditional_redirect_urls = [1]', '[auth] additional_redirect_urls must be a list of strings.'],
		['[auth]\nminimum_password_length = 5', '[auth] minimum_password_length must be at least 6.'],
		['[auth]\npassword_requirements = "strong"', '[auth] password_requirements is "strong" and must be one of'],
		['[auth.email]\notp_length = 5', '[auth.email] otp_length must be at least 6.'],
		['[auth.email]\notp_length = 11', '[auth.email] otp_length must be at most 10.'],
		['[auth.email]\notp_expiry = 0', '[auth.email] otp_expiry must be at least 1.'],
		['[auth.email]\nmax_frequency = 5', '[auth.email] max_frequency must be a duration such as'],
		['[auth.rate_limit]\nsign_in_sign_ups = 0', '[auth.rate_limit] sign_in_sign_ups must be at least 1.'],
		['[auth.mfa.totp]\nenroll_enabled = true', '[auth.mfa.totp] enroll_enabled is on, so verify_enabled must be on too.'],
		['auth = 3', 'auth must be a section.'],
		['[auth', 'Invalid TOML'],
		// Misspelt: it would look on and be off.
		['[auth.email]\nenable_confirmation = true', '[auth.email] enable_confirmation is not a setting known here.'],
		['[auth]\nminimum_pasword_length = 12', '[auth] minimum_pasword_length is not a setting known here.'],
		['[auth.email.template.invites]\nsubject = "x"', '[auth.email.template] invites is not a setting known here.'],
		['[auth.email.notification.pasword_changed]\nenabled = true', '[auth.email.notification] pasword_changed is not a setting'],
		// SMTP is all there or not at all.
		...['host', 'port', 'user', 'pass', 'admin_email'].map((key) => [
			smtp.replace(new RegExp(`^${key} = .*\n`, 'm'), ''),
			`[auth.email.smtp] ${key} is missing.`
		]),
		[smtp.replace('a@x.test', 'nobody'), '[auth.email.smtp] admin_email is not an e-mail address.'],
		['[local_smtp]\nadmin_email = "x\\r\\ny@z.test"', '[local_smtp] admin_email is not an e-mail address.'],
		// Hooks are functions of the database.
		...[
			['', 'uri is missing.'],
			['https://x.test/hook', 'uri is an HTTP hook, and the embedded platform calls functions of its database only.'],
			['pg-functions://other/public/f', 'uri must have the form pg-functions://postgres/<schema>/<function>.'],
			['pg-functions://postgres/f', 'uri must have the form pg-functions://postgres/<schema>/<function>.'],
			['pg-functions://postgres/public/f;drop', 'uri must have the form pg-functions://postgres/<schema>/<function>.']
		].map(([uri, sentence]) => [
			`[auth.hook.custom_access_token]\nenabled = true\nuri = "${uri}"`,
			`[auth.hook.custom_access_token] ${sentence}`
		]),
		[
			'[auth.hook.before_user_created]\nenabled = true\nuri = "pg-functions://postgres/a/b"\nsecrets = "v1,whsec_x"',
			'[auth.hook.before_user_created] secrets has no meaning for a function of the database.'
		]
	])('%s', (toml = '', sentence = '') => {
		expect(refused(toml).message).toContain(`supabase/config.toml: ${sentence}`);
	});
});

describe('a protection or a way in that is not here is refused, not ignored', () => {
	const on = 'is on, but on the embedded platform';
	test.each([
		['[auth]\nenable_anonymous_sign_ins = true', `[auth] enable_anonymous_sign_ins ${on}`],
		['[auth]\nenable_manual_linking = true', `[auth] enable_manual_linking ${on}`],
		['[auth]\nenabled = false', '[auth] enabled is false, but the app cannot do without Auth.'],
		['[auth]\njwt_secret = "x"', '[auth] jwt_secret is set, but the embedded platform makes its own.'],
		['[auth]\nsigning_keys_path = "./keys.json"', '[auth] signing_keys_path is set, but the embedded platform makes its own.'],
		['[auth.captcha]\nenabled = true', `[auth.captcha] enabled ${on} there is no captcha.`],
		['[auth.passkey]\nenabled = true', `[auth.passkey] enabled ${on}`],
		['[auth.oauth_server]\nenabled = true', `[auth.oauth_server] enabled ${on}`],
		['[auth.external.github]\nenabled = true', `[auth.external.github] enabled ${on} people sign in by e-mail only.`],
		['[auth.web3.solana]\nenabled = true', `[auth.web3.solana] enabled ${on}`],
		['[auth.third_party.auth0]\nenabled = true', `[auth.third_party.auth0] enabled ${on}`],
		['[auth.sms]\nenabled = true', `[auth.sms] enabled ${on} there are no text messages.`],
		['[auth.sms.twilio]\nenabled = true', `[auth.sms.twilio] enabled ${on}`],
		['[auth.mfa.phone]\nverify_enabled = true', `[auth.mfa.phone] verify_enabled ${on} TOTP is the only second factor.`],
		['[auth.mfa.web_authn]\nenroll_enabled = true', `[auth.mfa.web_authn] enroll_enabled ${on}`],
		['[auth.email]\nrequire_current_password = true', `[auth.email] require_current_password ${on}`],
		['[auth.hook.send_email]\nenabled = true', `[auth.hook.send_email] enabled ${on}`],
		['[auth.hook.password_verification_attempt]\nenabled = true', `[auth.hook.password_verification_attempt] enabled ${on}`]
	])('%s', (toml, sentence) => {
		const refusal = refused(toml);
		expect(refusal.message).toContain(`supabase/config.toml: ${sentence}`);
		expect(refusal.fix).not.toBe('');
		const other = (value: string) => (value === 'true' ? 'false' : value === 'false' ? 'true' : '""');
		const off = toml.replace(/true|false|".*"/, other);
		expect(() => read(off), 'switched off it is no matter').not.toThrow();
	});
});

describe('templates', () => {
	const invite = (path: string) => `[auth.email.template.invite]\nsubject = "Come in"\ncontent_path = "${path}"`;
	const told = (path: string, enabled = true) =>
		`[auth.email.notification.password_changed]\nenabled = ${enabled}\ncontent_path = "${path}"`;

	test('a path is taken from the project’s folder', () => {
		const { templates } = read(invite('./supabase/templates/invite.html')).auth.email;
		expect(templates.invite).toEqual({ subject: 'Come in', html: '<p>invite</p>' });
		expect(templates.recovery).toEqual(read('').auth.email.templates.recovery);
		expect(read(invite(join(root, 'supabase/templates/invite.html'))).auth.email.templates.invite.html).toBe('<p>invite</p>');
	});

	test('that of a notification from there too, or as in older files from supabase/', () => {
		for (const path of ['./supabase/templates/invite.html', './templates/invite.html']) {
			expect(read(told(path)).auth.email.notifications.password_changed?.html).toBe('<p>invite</p>');
		}
		expect(refused(invite('./templates/invite.html')).message).toContain('names a file that is not there: templates/invite.html.');
	});

	test('only an enabled notification is read', () => {
		expect(read(told('nowhere.html', false)).auth.email.notifications).toEqual({});
		expect(Object.keys(read('[auth.email.notification.email_changed]\nenabled = true').auth.email.notifications)).toEqual([
			'email_changed'
		]);
		expect(() => read('[auth.email.notification.phone_changed]\nenabled = true')).not.toThrow();
	});

	test.each([
		[invite('nowhere.html'), '[auth.email.template.invite] content_path names a file that is not there: nowhere.html.'],
		[invite('supabase/templates'), 'content_path names a file that is not there: supabase/templates.'],
		[told('nowhere.html'), '[auth.email.notification.password_changed] content_path names a file that is not there'],
		[invite('../outside.html'), '[auth.email.template.invite] content_path leads out of the project.'],
		[invite('supabase/templates/link.html'), '[auth.email.template.invite] content_path leads out of the project.'],
		['[auth.email.template.invite]\ncontent = "<p>x</p>"', '[auth.email.template.invite] content cannot be written in the file.']
	])('%s', (toml, sentence) => {
		expect(refused(toml).message).toContain(sentence);
	});
});

test('variables come from the shell, then from .env files as the CLI looks for them', async () => {
	const file = join(root, 'supabase/config.toml');
	const variables = ['SHELL_A', 'SUPABASE_B', 'LOCAL_C', 'ROOT_D'];
	await writeFile(file, `[auth]\nadditional_redirect_urls = [${variables.map((name) => `"env(${name})"`).join(', ')}]`);
	await writeFile(join(root, 'supabase/.env'), 'SHELL_A=file\nSUPABASE_B="supabase"\nLOCAL_C=weaker\n');
	await writeFile(join(root, 'supabase/.env.local'), 'LOCAL_C=local\n');
	await writeFile(join(root, '.env'), 'ROOT_D=root\nSUPABASE_B=weaker\n');
	process.env.SHELL_A = 'shell';
	try {
		expect(loadSettings(file).auth.additionalRedirectUrls).toEqual(['shell', 'supabase', 'local', 'root']);
	} finally {
		delete process.env.SHELL_A;
	}
	expect(loadSettings(join(root, 'supabase/nothing.toml'))).toEqual(read(''));
});

const cli = (folder: string) =>
	promisify(execFile)(process.execPath, ['node_modules/supabase/dist/supabase.js', 'status', '--workdir', folder], {
		env: { ...process.env, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
	}).then(
		({ stdout, stderr }) => stdout + stderr,
		(error: Error & { stdout: string; stderr: string }) => error.stdout + error.stderr
	);

test('the project’s own file: what it promises, and the CLI reads it without complaint', async () => {
	const { auth, mail } = loadSettings('supabase/config.toml');
	expect(auth).toMatchObject({
		siteUrl: 'http://localhost:3000',
		additionalRedirectUrls: ['http://localhost:3000/**', 'http://127.0.0.1:3000/**'],
		mfa: { totp: { enrollEnabled: true, verifyEnabled: true } },
		email: { maxFrequency: 5, otpLength: 6, otpExpiry: 3600, smtp: null, doubleConfirmChanges: true }
	});
	expect(Object.keys(auth.email.notifications).sort()).toEqual([
		'email_changed',
		'mfa_factor_enrolled',
		'mfa_factor_unenrolled',
		'password_changed'
	]);
	expect(mail).toMatchObject({ enabled: true, senderName: 'GeminiCRM' });

	// `status` reads and checks the whole file before it looks for containers. On a copy: it writes beside it.
	const copy = join(root, 'copy');
	await cp('supabase', join(copy, 'supabase'), { recursive: true });
	expect(await cli(copy)).not.toMatch(/recognize|deprecat|Invalid|Missing required|failed to (parse|load)/i);
	const text = await readFile('supabase/config.toml', 'utf8');
	await writeFile(join(copy, 'supabase/config.toml'), text.replace('otp_length', 'otp_lenght').replace('invite.html', 'nowhere.html'));
	expect(await cli(copy), 'the CLI did check').toMatch(/otp_lenght[\s\S]*content_path/);
});
