import type { Call } from './call.ts';
import { SERVER_ID, type MailContext } from './context.ts';
import { refused } from './errors.ts';
import { flagField, isFields, objectField, pageOf, textField, type Fields } from './fields.ts';
import { mergeModels, parseTemplate, renderTemplate, suggestModel, TemplateTooLarge, type TemplateProblem } from './mustachio.ts';
import type { Database } from './outbox.ts';

type Template = {
	id: number;
	name: string;
	alias: string | null;
	type: 'Standard' | 'Layout';
	subject: string;
	html: string | null;
	text: string | null;
	/** Alias of the layout it is laid into. */
	layout: string | null;
	active: boolean;
};

type Content = Pick<Template, 'type' | 'subject' | 'html' | 'text' | 'layout'>;

const MOST_TEMPLATES = 100;
const contentPlace = /\{\{\{\s*@content\s*\}\}\}/g;

const columns = (sql: Database) => sql`id, name, alias, type, subject, html, body_text as text, layout, active`;

async function find(sql: Database, idOrAlias: string): Promise<Template | undefined> {
	const condition = /^\d{1,9}$/.test(idOrAlias) ? sql`id = ${idOrAlias}` : sql`alias = ${idOrAlias} and active`;
	return (await sql<Template[]>`select ${columns(sql)} from templates where ${condition}`)[0];
}

/** A template by number or alias. Throws 1101. */
async function findTemplate(sql: Database, idOrAlias: string): Promise<Template> {
	const template = await find(sql, idOrAlias);
	const what = /^\d+$/.test(idOrAlias) ? 'TemplateId' : 'Alias';
	if (!template) throw refused(1101, `The Template's '${what}' associated with this request is not valid or was not found.`);
	return template;
}

/** The layout of a template, null without one. Throws 1101. */
async function layoutOf(sql: Database, alias: string | null): Promise<Template | null> {
	if (alias === null) return null;
	const layout = await find(sql, alias);
	if (layout?.type !== 'Layout') throw refused(1101, `The layout template '${alias}' was not found.`);
	return layout;
}

const inList = ({ id, name, alias, type, layout, active }: Template) => ({
	TemplateId: id,
	Name: name,
	Alias: alias,
	TemplateType: type,
	LayoutTemplate: layout,
	Active: active
});

const shown = (template: Template) => ({
	...inList(template),
	Subject: template.subject,
	HtmlBody: template.html,
	TextBody: template.text,
	AssociatedServerId: SERVER_ID
});

function readType(fields: Fields): Template['type'] {
	const type = textField(fields, 'TemplateType') || 'Standard';
	if (type !== 'Standard' && type !== 'Layout') throw refused(1122, "The 'TemplateType' is not valid.");
	return type;
}

/** The content of a template from a request; what it leaves out stays as it was. Throws 1120 to 1131. */
function readContent(fields: Fields, before?: Template): Content {
	const text = (name: string, old: string | null | undefined) => (name in fields ? textField(fields, name) || null : (old ?? null));
	const type = before?.type ?? readType(fields);
	if (before && 'TemplateType' in fields && readType(fields) !== before.type) throw refused(1122, "The 'TemplateType' cannot be changed.");
	const content = {
		type,
		subject: text('Subject', before?.subject) ?? '',
		html: text('HtmlBody', before?.html),
		text: text('TextBody', before?.text),
		layout: text('LayoutTemplate', before?.layout)
	};
	if (content.html === null && content.text === null) throw refused(1120, "One of 'TextBody' or 'HtmlBody' is required.");
	if (type === 'Standard' && content.subject === '') throw refused(1120, "The 'Subject' is required.");
	if (type === 'Layout') {
		if (content.subject !== '' || content.layout !== null) throw refused(1123, "A layout has neither 'Subject' nor 'LayoutTemplate'.");
		for (const body of [content.html, content.text]) {
			if (body !== null && body.match(contentPlace)?.length !== 1) throw refused(1131, 'A layout must hold {{{ @content }}} exactly once.');
		}
	}
	for (const [name, body] of [
		['Subject', content.subject],
		['HtmlBody', content.html],
		['TextBody', content.text]
	] as const) {
		const [problem] = parseTemplate(body ?? '').problems;
		if (problem)
			throw refused(1122, `The ${name} cannot be read: line ${problem.Line}, character ${problem.CharacterPosition}: ${problem.Message}`);
	}
	return content;
}

async function checkedAlias(sql: Database, fields: Fields, before?: Template): Promise<string | null> {
	if (!('Alias' in fields)) return before?.alias ?? null;
	const alias = textField(fields, 'Alias');
	if (alias === '') return null;
	if (!/^[a-z][\w.-]*$/i.test(alias))
		throw refused(1122, "The 'Alias' must start with a letter and hold letters, digits, '.', '-' and '_' only.");
	const owner = await find(sql, alias);
	if (owner && owner.id !== before?.id) throw refused(1122, `The 'Alias' is already in use by the template ${owner.id}.`);
	return alias;
}

export async function listTemplates(mail: MailContext, { query }: Call): Promise<object> {
	const { count, offset } = pageOf(query, 1100);
	const type = query.get('templatetype')?.toLowerCase() ?? 'all';
	if (!['all', 'standard', 'layout'].includes(type)) throw refused(1100, "Parameter 'TemplateType' is not valid.");
	const layout = query.get('layouttemplate');
	const { sql } = mail;
	const all = await sql<Template[]>`
		select ${columns(sql)} from templates where active
			and ${type === 'all' ? sql`true` : sql`lower(type) = ${type}`}
			and ${layout ? sql`layout = ${layout}` : sql`true`}
		order by id`;
	return { TotalCount: all.length, Templates: all.slice(offset, offset + count).map(inList) };
}

export const getTemplate = async (mail: MailContext, { id }: Call) => shown(await findTemplate(mail.sql, id));

export async function createTemplate(mail: MailContext, { body }: Call): Promise<object> {
	const { sql } = mail;
	if (Object.keys(body).length === 0) throw refused(1109, 'No template data received.');
	const name = textField(body, 'Name');
	if (name === '') throw refused(1120, "The 'Name' is required.");
	const content = readContent(body);
	const alias = await checkedAlias(sql, body);
	await layoutOf(sql, content.layout);
	const [{ count } = { count: 0 }] = await sql<{ count: number }[]>`select count(*)::int from templates where active`;
	if (count >= MOST_TEMPLATES) throw refused(1105, `A server may have ${MOST_TEMPLATES} templates.`);
	const [template] = await sql<Template[]>`
		insert into templates (name, alias, type, subject, html, body_text, layout)
		values (${name}, ${alias}, ${content.type}, ${content.subject}, ${content.html}, ${content.text}, ${content.layout})
		returning ${columns(sql)}`;
	if (!template) throw new Error('the template was not written');
	return inList(template);
}

export async function editTemplate(mail: MailContext, { id, body }: Call): Promise<object> {
	const { sql } = mail;
	const before = await findTemplate(sql, id);
	if (Object.keys(body).length === 0) throw refused(1109, 'No template data received.');
	const content = readContent(body, before);
	const alias = await checkedAlias(sql, body, before);
	await layoutOf(sql, content.layout);
	const name = textField(body, 'Name') || before.name;
	const [template] = await sql<Template[]>`
		update templates set name = ${name}, alias = ${alias}, subject = ${content.subject}, html = ${content.html},
			body_text = ${content.text}, layout = ${content.layout}
		where id = ${before.id} returning ${columns(sql)}`;
	return inList(template ?? before);
}

/** A deleted template can still be read by its number, as not active. */
export async function deleteTemplate(mail: MailContext, { id }: Call): Promise<object> {
	const template = await findTemplate(mail.sql, id);
	const [user] = await mail.sql`select 1 from templates where active and layout = ${template.alias} limit 1`;
	if (user && template.type === 'Layout') throw refused(1130, 'The layout template cannot be deleted because dependent templates use it.');
	await mail.sql`update templates set active = false where id = ${template.id}`;
	return { ErrorCode: 0, Message: `Template ${template.id} removed.` };
}

function fill(template: string | null, layout: string | null | undefined, model: Fields, isHtml: boolean): string {
	const render = (text: string, values: Fields) => {
		try {
			return renderTemplate(parseTemplate(text).nodes, values, { isHtml });
		} catch (error) {
			throw error instanceof TemplateTooLarge ? refused(1122, error.message) : error;
		}
	};
	if (template === null) return '';
	const content = render(template, model);
	return layout ? render(layout, { ...model, '@content': content }) : content;
}

/**
 * The fields of a message sent with a template, Subject and bodies rendered. `TemplateId` wins over `TemplateAlias`.
 * Throws 1101, 1120, 1122, 1123. `InlineCss` is ignored.
 */
export async function fillTemplate(sql: Database, fields: unknown): Promise<unknown> {
	if (!isFields(fields)) return fields;
	const { TemplateId, TemplateModel } = fields;
	const idOrAlias = typeof TemplateId === 'number' ? String(TemplateId) : textField(fields, 'TemplateAlias');
	if (idOrAlias === '') throw refused(1101, "The request specifies neither 'TemplateId' nor 'TemplateAlias'.");
	for (const name of ['Subject', 'HtmlBody', 'TextBody']) {
		if (textField(fields, name) !== '') throw refused(1123, `A message with a template must not have '${name}'.`);
	}
	if (!isFields(TemplateModel)) throw refused(1120, "The 'TemplateModel' is required.");
	if (Object.keys(TemplateModel).some((name) => name.startsWith('@')))
		throw refused(1122, "Names in 'TemplateModel' must not start with '@'.");
	const template = await findTemplate(sql, idOrAlias);
	if (!template.active || template.type !== 'Standard') throw refused(1101, 'The template is not one that can be sent.');
	const layout = await layoutOf(sql, template.layout);
	return {
		...fields,
		// A line break in a value must not become one in the message's head.
		Subject: fill(template.subject, null, TemplateModel, false).replace(/\s*[\r\n]+\s*/g, ' '),
		HtmlBody: fill(template.html, layout?.html, TemplateModel, true),
		TextBody: fill(template.text, layout?.text, TemplateModel, false)
	};
}

/** Says what is wrong with a template, renders it, and suggests a model for it. */
export async function validateTemplate(mail: MailContext, { body }: Call): Promise<object> {
	const type = readType(body);
	const parts = { HtmlBody: textField(body, 'HtmlBody'), TextBody: textField(body, 'TextBody'), Subject: textField(body, 'Subject') };
	if (Object.values(parts).every((part) => part === '')) throw refused(1120, "One of 'Subject', 'HtmlBody' or 'TextBody' is required.");
	flagField(body, 'InlineCssForHtmlTestRender');
	const layout = await layoutOf(mail.sql, textField(body, 'LayoutTemplate') || null);
	const testModel = objectField(body, 'TestRenderModel');

	const parsed = Object.values(parts).map((part) => parseTemplate(part));
	const suggested = parsed.reduce<Fields>((sum, { nodes }) => suggestModel(nodes, sum), {});
	delete suggested['@content'];
	const model = mergeModels(suggested, testModel);
	const checked = (part: string, inLayout: string | null | undefined, isHtml: boolean) => {
		const problems: TemplateProblem[] = parseTemplate(part).problems;
		if (type === 'Layout' && part !== '' && part !== parts.Subject && part.match(contentPlace)?.length !== 1) {
			problems.push({ Message: 'A layout must hold {{{ @content }}} exactly once.', Line: 1, CharacterPosition: 1 });
		}
		const isValid = problems.length === 0;
		return { ContentIsValid: isValid, ValidationErrors: problems, RenderedContent: isValid ? fill(part, inLayout, model, isHtml) : '' };
	};
	const HtmlBody = checked(parts.HtmlBody, layout?.html, true);
	const TextBody = checked(parts.TextBody, layout?.text, false);
	const Subject = checked(parts.Subject, null, false);
	return {
		AllContentIsValid: HtmlBody.ContentIsValid && TextBody.ContentIsValid && Subject.ContentIsValid,
		HtmlBody,
		TextBody,
		Subject,
		SuggestedTemplateModel: model
	};
}
