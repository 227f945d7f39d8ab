import { Models } from 'postmark';
import { afterAll, beforeAll, expect } from 'vitest';
import { json, letter, startLoneMail, type LoneMail } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());

const { Standard, Layout } = Models.TemplateTypes;

/** The HTML somebody gets who is sent this template with this model. */
async function render(html: string, TemplateModel: object): Promise<string> {
	const { TemplateId } = await mail.postmark.createTemplate({ Name: 'Tried', Subject: 'Tried', HtmlBody: `<p>${html}</p>` });
	const { MessageID } = await mail.postmark
		.sendEmailWithTemplate({ From: 'a@example.test', To: 'b@example.test', TemplateId, TemplateModel })
		.finally(() => mail.postmark.deleteTemplate(TemplateId));
	const { HtmlBody = '' } = await mail.postmark.getOutboundMessageDetails(MessageID);
	return HtmlBody.slice(3, -4);
}

test.each<[what: string, template: string, model: object, expected: string]>([
	['a value is made safe for HTML', '{{name}}', { name: '<b>"Ann" & \'Bo\'</b>' }, '&lt;b&gt;&quot;Ann&quot; &amp; &#39;Bo&#39;&lt;/b&gt;'],
	['three braces, or an ampersand, leave it as it is', '{{{html}}} {{& html}}', { html: '<i>x</i>' }, '<i>x</i> <i>x</i>'],
	['a path goes into objects', '{{ person.name.first }}', { person: { name: { first: 'Ann' } } }, 'Ann'],
	['a name that is missing is nothing', '[{{missing.name}}]', { missing: null }, '[]'],
	['a section sets what names mean', '{{#person}}{{name}}{{/person}}', { person: { name: 'Ann' } }, 'Ann'],
	['a section of nothing is left out', '[{{#person}}x{{/person}}{{#list}}y{{/list}}]', { person: false, list: [] }, '[]'],
	[
		'an inverted section is there when nothing else is',
		'{{^list}}none{{/list}}{{^person}}nobody{{/person}}',
		{ list: [], person: { a: 1 } },
		'none'
	],
	[
		'each repeats, with the item as what names mean',
		'{{#each items}}{{name}},{{/each}}',
		{ items: [{ name: 'a' }, { name: 'b' }] },
		'a,b,'
	],
	['a dot is the item itself', '{{#each items}}<{{.}}>{{/each}}', { items: ['a', 'b'] }, '<a><b>'],
	[
		'two dots lead outward, an each being two steps deep',
		'{{#each items}}{{../../owner}}:{{.}} {{/each}}',
		{ items: [1, 2], owner: 'Ann' },
		'Ann:1 Ann:2 '
	],
	['two dots lead out of a section', '{{#person}}{{../company}}{{/person}}', { person: { a: 1 }, company: 'Acme' }, 'Acme'],
	['names are not looked for outside', '{{#person}}[{{company}}]{{/person}}', { person: { company: '' }, company: 'Acme' }, '[]'],
	['comments are not shown', 'a{{! not this }}b', {}, 'ab']
])('%s', async (_what, template, model, expected) => {
	expect(await render(template, model)).toBe(expected);
});

test.each([
	['in what comes out of it', '{{#each a}}{{#each ../../a}}{{{../../../../text}}}{{/each}}{{/each}}', { text: 'x'.repeat(1000) }],
	['in what it has to do', '{{#each a}}{{#each ../../a}}{{#each ../../../../a}}{{^no}}{{/no}}{{/each}}{{/each}}{{/each}}', {}]
])('loops in loops have an end: %s', async (_, template, model) => {
	const a = Array.from({ length: 1000 }, (_item, index) => index);
	await expect(render(template, { ...model, a })).rejects.toMatchObject({ code: 1122 });
});

test('a broken template is told where it is broken, and cannot be saved', async () => {
	const checked = await mail.postmark.validateTemplate({
		Subject: 'Hi {{name}}',
		HtmlBody: '<p>\n  {{#each items}}</p>',
		TextBody: '{{/x}} {{a b}}'
	});
	expect(checked.AllContentIsValid).toBe(false);
	expect(checked.Subject).toEqual({ ContentIsValid: true, ValidationErrors: [], RenderedContent: 'Hi name_Value' });
	expect(checked.HtmlBody).toMatchObject({
		ContentIsValid: false,
		ValidationErrors: [{ Line: 2, CharacterPosition: 3, Message: expect.any(String) }]
	});
	expect(checked.TextBody).toMatchObject({
		ValidationErrors: [
			{ Line: 1, CharacterPosition: 1 },
			{ Line: 1, CharacterPosition: 8 }
		]
	});
	const created = await mail.call('POST', '/templates', { Name: 'Broken', Subject: 's', HtmlBody: '{{#x}}' });
	expect([created.status, await created.json()]).toEqual([422, { ErrorCode: 1122, Message: expect.stringContaining('HtmlBody') }]);
});

test('a model is suggested from the names a template uses, without harm to the service', async () => {
	const { SuggestedTemplateModel } = await mail.postmark.validateTemplate({
		HtmlBody:
			'{{name}} {{#company}}{{address.city}}{{/company}} {{#each items}}{{title}} {{../../currency}}{{/each}} {{#each tags}}{{.}}{{/each}}',
		TestRenderModel: { name: 'Ann' }
	});
	expect(SuggestedTemplateModel).toEqual({
		name: 'Ann',
		company: { address: { city: 'city_Value' } },
		items: [{ title: 'title_Value' }],
		tags: ['tags_Value'],
		currency: 'currency_Value'
	});
	await mail.postmark.validateTemplate({ HtmlBody: '{{__proto__.polluted}} {{constructor.prototype.polluted}}' });
	expect('polluted' in {}).toBe(false);
});

test('templates are made, read, changed, listed and removed by number and alias', async () => {
	const made = await mail.postmark.createTemplate({
		Name: 'Welcome',
		Alias: 'welcome',
		Subject: 'Welcome {{name}}',
		TextBody: 'Hi {{name}}'
	});
	expect(made).toMatchObject({ Name: 'Welcome', Alias: 'welcome', Active: true, TemplateType: Standard, LayoutTemplate: null });
	await mail.postmark.editTemplate('welcome', { Name: 'Welcome all', HtmlBody: '<p>Hi {{name}}</p>' });
	expect(await mail.postmark.getTemplate(made.TemplateId)).toMatchObject({
		Name: 'Welcome all',
		Subject: 'Welcome {{name}}',
		HtmlBody: '<p>Hi {{name}}</p>',
		TextBody: 'Hi {{name}}',
		Active: true
	});
	expect(await mail.postmark.getTemplates({ templateType: Standard })).toMatchObject({ TotalCount: 1, Templates: [{ Alias: 'welcome' }] });
	const taken = await mail.call('POST', '/templates', { Name: 'Other', Alias: 'welcome', Subject: 's', TextBody: 't' });
	expect(await taken.json()).toMatchObject({ ErrorCode: 1122 });

	expect(await mail.postmark.deleteTemplate('welcome')).toEqual({ ErrorCode: 0, Message: `Template ${made.TemplateId} removed.` });
	expect(await mail.postmark.getTemplate(made.TemplateId)).toMatchObject({ Active: false });
	expect(await json(mail.call('GET', '/templates/welcome'))).toMatchObject({ ErrorCode: 1101 });
});

test('a templated batch lays each message into its layout, with one error in its place', async () => {
	await mail.postmark.createTemplate({
		Name: 'Frame',
		Alias: 'frame',
		TemplateType: Layout,
		HtmlBody: '<main>{{{ @content }}}</main>{{footer}}'
	});
	await mail.postmark.createTemplate({
		Name: 'Offer',
		Alias: 'offer',
		Subject: 'For {{name}}',
		HtmlBody: '<b>{{name}}</b>',
		LayoutTemplate: 'frame'
	});
	const from = { From: 'sender@example.test', MessageStream: 'broadcast' };
	const results = await mail.postmark.sendEmailBatchWithTemplates([
		{ ...from, To: 'one@example.test', TemplateAlias: 'offer', TemplateModel: { name: 'A & B\r\nBcc: x', footer: 'Bye' } },
		{ ...from, To: 'two@example.test', TemplateAlias: 'unknown', TemplateModel: {} },
		{ ...from, To: 'three@example.test', TemplateAlias: 'offer', TemplateModel: { name: 'C' } }
	]);
	expect(results.map(({ ErrorCode }) => ErrorCode)).toEqual([0, 1101, 0]);
	expect(await mail.postmark.getOutboundMessageDetails(results[0]?.MessageID ?? '')).toMatchObject({
		Subject: 'For A & B Bcc: x',
		HtmlBody: '<main><b>A &amp; B\r\nBcc: x</b></main>Bye'
	});
	expect(await json(mail.call('DELETE', '/templates/frame'))).toMatchObject({ ErrorCode: 1130 });
	const alone = mail.postmark.sendEmailWithTemplate({
		...from,
		To: 'four@example.test',
		TemplateAlias: 'offer',
		TemplateModel: { name: 'D' }
	});
	expect(await alone).toMatchObject({ ErrorCode: 0 });
});

test.each<[what: string, fields: object, code: number]>([
	['neither number nor alias', { TemplateModel: {} }, 1101],
	['no model', { TemplateAlias: 'plain' }, 1120],
	['a body beside the template', { TemplateAlias: 'plain', TemplateModel: {}, TextBody: 'x' }, 1123],
	['a reserved name in the model', { TemplateAlias: 'plain', TemplateModel: { '@content': 'x' } }, 1122]
])('a templated message with %s is refused', async (_what, fields, code) => {
	await mail.call('POST', '/templates', { Name: 'Plain', Alias: 'plain', Subject: 's', TextBody: 't' });
	const { TextBody: _t, Subject: _s, ...rest } = letter();
	const answer = await mail.call('POST', '/email/withTemplate', { ...rest, ...fields });
	expect([answer.status, await answer.json()]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
});

test('a layout must hold its content exactly once, and a standard template a subject', async () => {
	const create = (fields: object) => json(mail.call('POST', '/templates', { Name: 'x', ...fields }));
	expect(await create({ TemplateType: 'Layout', HtmlBody: 'no place' })).toMatchObject({ ErrorCode: 1131 });
	expect(await create({ TemplateType: 'Layout', HtmlBody: '{{{@content}}}{{{@content}}}' })).toMatchObject({ ErrorCode: 1131 });
	expect(await create({ HtmlBody: 'x' })).toMatchObject({ ErrorCode: 1120 });
	expect(await create({ Subject: 'x', HtmlBody: 'x', LayoutTemplate: 'none' })).toMatchObject({ ErrorCode: 1101 });
	expect(await create({ Subject: 'x', HtmlBody: '{{#a}}'.repeat(5000) + '{{/a}}'.repeat(5000) })).toMatchObject({ ErrorCode: 1122 });
});
