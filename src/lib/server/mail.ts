import Handlebars from 'handlebars';
import { ServerClient } from 'postmark';
import { config } from './config';
import { AppError } from './errors';

/** A letter of the app itself: what it says, to one person. The frame around it is the same for all. */
export type Letter = {
	to: string;
	subject: string;
	/** One sentence per paragraph, plain text; what people typed is escaped. */
	paragraphs: string[];
	/** The one thing to do. */
	action?: { label: string; url: string };
	/** Small print below the action. */
	footnote?: string;
	/** Names the kind of letter in Postmark's statistics. */
	tag: string;
};

const html = Handlebars.compile<Letter>(
	`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{subject}}</title></head>
<body style="margin:0;padding:32px 16px;background:#f6f7f9;color:#1c2026;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:480px;background:#ffffff;border:1px solid #e3e6ea;border-radius:8px"><tr><td style="padding:28px">
<p style="margin:0 0 20px;font-weight:600">GeminiCRM</p>
{{#each paragraphs}}<p style="margin:0 0 14px">{{this}}</p>{{/each}}
{{#if action}}<p style="margin:22px 0"><a href="{{action.url}}" style="display:inline-block;padding:10px 18px;background:#3b5bdb;color:#ffffff;border-radius:6px;text-decoration:none;font-weight:600">{{action.label}}</a></p>
<p style="margin:0 0 14px;color:#5b6470;font-size:13px">If the button does not work, open this address:<br><a href="{{action.url}}" style="color:#3b5bdb;word-break:break-all">{{action.url}}</a></p>{{/if}}
{{#if footnote}}<p style="margin:0;color:#5b6470;font-size:13px">{{footnote}}</p>{{/if}}
</td></tr></table></td></tr></table></body></html>`,
	{ strict: true, knownHelpersOnly: true }
);

/** The HTML and the plain text of a letter. */
export function write(letter: Letter): { html: string; text: string } {
	const { paragraphs, action, footnote } = letter;
	const text = [...paragraphs, ...(action ? [`${action.label}: ${action.url}`] : []), ...(footnote ? [footnote] : [])].join('\n\n');
	return { html: html({ action: undefined, footnote: undefined, ...letter }), text: `${text}\n` };
}

/** Sends letters through Postmark, up to 500 at once. Throws AppError when they cannot be sent; which ones then, it names by address. */
export async function send(letters: Letter[]): Promise<void> {
	if (letters.length === 0) return;
	const { postmarkToken, postmarkUrl, mailFrom } = config();
	if (!postmarkToken)
		throw new AppError(503, 'mail_not_set_up', 'Mail is not set up on this server, so no letter was sent. Ask its operator.');
	const url = postmarkUrl ? new URL(postmarkUrl) : null;
	const client = new ServerClient(postmarkToken, {
		timeout: 15,
		...(url ? { requestHost: url.host, useHttps: url.protocol === 'https:' } : {})
	});
	const answers = await client
		.sendEmailBatch(
			letters.map((letter) => {
				const { html: HtmlBody, text: TextBody } = write(letter);
				return { From: mailFrom, To: letter.to, Subject: letter.subject, HtmlBody, TextBody, Tag: letter.tag, MessageStream: 'outbound' };
			})
		)
		.catch((cause: unknown) => {
			throw new AppError(503, 'mail_unreachable', 'The letter could not be sent. Try again in a moment.', undefined, cause);
		});
	const refused = letters.filter((_, index) => answers[index]?.ErrorCode !== 0).map(({ to }) => to);
	if (refused.length > 0) throw new AppError(502, 'mail_refused', `No letter could be sent to ${refused.join(', ')}.`, { refused });
}
