import type { Section } from './section.ts';
import { readTemplates } from './templates.ts';
import type { EmailSettings, MailSettings, SmtpSettings } from './types.ts';

const addressForm = /^[^\s@<>,;]+@[^\s@<>,;]+$/;

/** GoTrue takes "0s" for not set, and then waits a minute (supabase/auth internal/conf/configuration.go). */
const goTrueMaxFrequency = 60;

/** `[auth.email.smtp]`: on where it is written, unless it says `enabled = false`. All of it must then be there. */
function readSmtp(email: Section): SmtpSettings | null {
	const smtp = email.section('smtp');
	smtp.allowOnly(['enabled', 'host', 'port', 'user', 'pass', 'admin_email', 'sender_name']);
	if (!email.has('smtp') || !smtp.flag('enabled', true)) return null;
	const adminEmail = smtp.requiredText('admin_email');
	if (!addressForm.test(adminEmail)) throw smtp.refuse('admin_email', 'is not an e-mail address.');
	if (!smtp.has('port')) throw smtp.refuse('port', 'is missing.');
	return {
		host: smtp.requiredText('host'),
		port: smtp.count('port', 0, { min: 1, max: 65_535 }),
		user: smtp.requiredText('user'),
		pass: smtp.requiredText('pass'),
		adminEmail,
		senderName: smtp.text('sender_name', '')
	};
}

/** Reads `[auth.email]` and what is below it. `root` is the project's folder. */
export function readEmail(auth: Section, root: string): EmailSettings {
	const email = auth.section('email');
	email.allowOnly([
		'enabled',
		'enable_signup',
		'double_confirm_changes',
		'enable_confirmations',
		'secure_password_change',
		'require_current_password',
		'max_frequency',
		'otp_length',
		'otp_expiry',
		'template',
		'notification',
		'smtp'
	]);
	return {
		// `enabled` since CLI 3, `enable_signup` before it: one setting under two names, the newer wins.
		enabled: email.flag('enabled', email.flag('enable_signup', true)),
		doubleConfirmChanges: email.flag('double_confirm_changes', true),
		enableConfirmations: email.flag('enable_confirmations', false),
		securePasswordChange: email.flag('secure_password_change', false),
		maxFrequency: email.duration('max_frequency', '1s') || goTrueMaxFrequency,
		otpLength: email.count('otp_length', 6, { min: 6, max: 10 }),
		otpExpiry: email.count('otp_expiry', 3600, { min: 1 }),
		...readTemplates(email, root),
		smtp: readSmtp(email)
	};
}

/** Reads `[local_smtp]`, or `[inbucket]` of files older than CLI 3. */
export function readMail(file: Section): MailSettings {
	const mail = file.section(file.has('local_smtp') ? 'local_smtp' : 'inbucket');
	mail.allowOnly(['enabled', 'port', 'smtp_port', 'pop3_port', 'admin_email', 'sender_name']);
	const adminEmail = mail.text('admin_email', 'admin@email.com');
	if (!addressForm.test(adminEmail)) throw mail.refuse('admin_email', 'is not an e-mail address.');
	return { enabled: mail.flag('enabled', true), adminEmail, senderName: mail.text('sender_name', 'Admin') };
}
