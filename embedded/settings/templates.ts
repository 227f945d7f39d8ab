import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { defaultLetters, defaultNotifications } from './default-letters.ts';
import type { Section } from './section.ts';
import { letterTemplates, notificationTemplates, type EmailSettings, type NotificationTemplate, type Template } from './types.ts';

/** Notifications of things that cannot happen here; `[auth.email.notification.<name>]` may name them all the same. */
const foreignNotifications = ['phone_changed', 'identity_linked', 'identity_unlinked'];

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function isInside(folder: string, file: string): boolean {
	const path = relative(realpathSync(folder), realpathSync(file));
	return path !== '' && !path.startsWith('..') && !isAbsolute(path);
}

/** The text of a body. `candidates` are the places where it may lie, the first being the one to name when it is in none. */
function readBody(section: Section, root: string, candidates: string[]): string {
	const file = candidates.find(isFile);
	if (!file) throw section.refuse('content_path', `names a file that is not there: ${relative(root, candidates[0] ?? '')}.`);
	if (!isInside(root, file)) throw section.refuse('content_path', 'leads out of the project.', 'Move the file into the project.');
	return readFileSync(file, 'utf8');
}

/** `places` says where the CLI looks for a relative path. */
function readTemplate(section: Section, root: string, places: string[], fallback: Template): Template {
	if (section.has('content')) throw section.refuse('content', 'cannot be written in the file.', 'Use content_path.');
	const path = section.text('content_path', '');
	const candidates = isAbsolute(path) ? [path] : places.map((place) => join(place, path));
	return {
		subject: section.text('subject', '') || fallback.subject,
		html: path === '' ? fallback.html : readBody(section, root, candidates)
	};
}

/**
 * The letters of `[auth.email.template.*]` and `[auth.email.notification.*]`. Relative paths of the first are taken from the
 * project's folder, those of the second from there and then, as in older files, from `supabase/`. Like the CLI, refuses files
 * outside the project.
 */
export function readTemplates(email: Section, root: string): Pick<EmailSettings, 'templates' | 'notifications'> {
	const letters = email.section('template');
	letters.allowOnly(letterTemplates);
	const told = email.section('notification');
	told.allowOnly([...notificationTemplates, ...foreignNotifications]);

	const read = (name: (typeof letterTemplates)[number]) => {
		const section = letters.section(name);
		section.allowOnly(['subject', 'content', 'content_path']);
		return readTemplate(section, root, [root], defaultLetters[name]);
	};
	const notifications: Partial<Record<NotificationTemplate, Template>> = {};
	for (const name of notificationTemplates) {
		const section = told.section(name);
		section.allowOnly(['enabled', 'subject', 'content', 'content_path']);
		if (section.flag('enabled', false)) {
			notifications[name] = readTemplate(section, root, [root, join(root, 'supabase')], defaultNotifications[name]);
		}
	}
	return {
		templates: {
			invite: read('invite'),
			confirmation: read('confirmation'),
			recovery: read('recovery'),
			magic_link: read('magic_link'),
			email_change: read('email_change'),
			reauthentication: read('reauthentication')
		},
		notifications
	};
}
