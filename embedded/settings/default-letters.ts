import type { LetterTemplate, NotificationTemplate, Template } from './types.ts';

const letter = (subject: string, heading: string, ...paragraphs: string[]): Template => ({
	subject,
	html: `<h2>${heading}</h2>\n${paragraphs.map((paragraph) => `<p>${paragraph}</p>\n`).join('')}`
});
const link = (words: string) => `<a href="{{ .ConfirmationURL }}">${words}</a>`;

/** What is sent where the file names no template, as plain as GoTrue's own defaults and about the same things. */
export const defaultLetters: Record<LetterTemplate, Template> = {
	invite: letter(
		'You have been invited',
		'You have been invited',
		'You have been invited to create an account.',
		link('Accept the invitation')
	),
	confirmation: letter(
		'Confirm your email address',
		'Confirm your email address',
		'One step is left to finish signing up.',
		link('Confirm your email address'),
		'Or enter this code: {{ .Token }}'
	),
	recovery: letter(
		'Reset your password',
		'Reset your password',
		'Someone asked to reset the password of your account.',
		link('Choose a new password'),
		'Or enter this code: {{ .Token }}'
	),
	magic_link: letter('Your sign-in link', 'Your sign-in link', link('Sign in'), 'Or enter this code: {{ .Token }}'),
	email_change: letter(
		'Confirm your new email address',
		'Confirm your new email address',
		'The email address of your account is to change from {{ .Email }} to {{ .NewEmail }}.',
		link('Confirm the change'),
		'Or enter this code: {{ .Token }}'
	),
	reauthentication: letter('{{ .Token }} is your verification code', 'Your verification code', 'Enter this code: {{ .Token }}')
};

/** The same for letters that tell of a change. */
export const defaultNotifications: Record<NotificationTemplate, Template> = {
	password_changed: letter(
		'Your password was changed',
		'Your password was changed',
		'The password of your account {{ .Email }} was changed.'
	),
	email_changed: letter(
		'Your email address was changed',
		'Your email address was changed',
		'The email address of your account was changed from {{ .OldEmail }} to {{ .Email }}.'
	),
	mfa_factor_enrolled: letter(
		'A second factor was added to your account',
		'A second factor was added',
		'A second factor ({{ .FactorType }}) was added to your account {{ .Email }}.'
	),
	mfa_factor_unenrolled: letter(
		'A second factor was removed from your account',
		'A second factor was removed',
		'A second factor ({{ .FactorType }}) was removed from your account {{ .Email }}.'
	)
};
