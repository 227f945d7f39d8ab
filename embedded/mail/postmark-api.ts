import { createHash, timingSafeEqual } from 'node:crypto';
import postgres from 'postgres';
import { activateBounce, deliveryStats, dumpBounce, getBounce, listBounces } from './bounces.ts';
import type { Call } from './call.ts';
import { SERVER_ID, type MailContext } from './context.ts';
import { ApiError, Disconnected, errorResponse, refused } from './errors.ts';
import { endure, FaultAnswer, type Place } from './faults.ts';
import { isFields, queryOf, readJson } from './fields.ts';
import { listClicks, listOpens, outboundDetails, outboundDump, searchOutbound } from './search.ts';
import { sendBatch, sendEmail, sendTemplate, sendTemplateBatch } from './sending.ts';
import { archiveStream, createStream, editStream, getStream, listStreams, unarchiveStream } from './streams.ts';
import { createSuppressions, deleteSuppressions, dumpSuppressions } from './suppressions-api.ts';
import { createTemplate, deleteTemplate, editTemplate, getTemplate, listTemplates, validateTemplate } from './templates.ts';
import { createWebhook, deleteWebhook, editWebhook, getWebhook, listWebhooks } from './webhooks.ts';

type Answer = (mail: MailContext, call: Call) => Promise<object>;
type Route = { method: string; path: RegExp; answer: Answer; place?: Place };

const route = (method: string, path: string, answer: Answer, place?: Place): Route => ({
	method,
	path: new RegExp(`^${path.replace(':id', '([^/]+)')}/?$`, 'i'),
	answer,
	...(place ? { place } : {})
});

/** Sending meets its faults itself, message by message; `place` is for the rest. More exact paths stand first. */
const routes: Route[] = [
	route('POST', '/email', sendEmail),
	route('POST', '/email/batch', sendBatch),
	route('POST', '/email/withTemplate', sendTemplate),
	route('POST', '/email/batchWithTemplates', sendTemplateBatch),

	route('GET', '/messages/outbound', searchOutbound, 'messages'),
	route('GET', '/messages/outbound/opens', listOpens, 'messages'),
	route('GET', '/messages/outbound/opens/:id', listOpens, 'messages'),
	route('GET', '/messages/outbound/clicks', listClicks, 'messages'),
	route('GET', '/messages/outbound/clicks/:id', listClicks, 'messages'),
	route('GET', '/messages/outbound/:id/details', outboundDetails, 'messages'),
	route('GET', '/messages/outbound/:id/dump', outboundDump, 'messages'),

	route('GET', '/deliverystats', deliveryStats, 'any'),
	route('GET', '/bounces', listBounces, 'any'),
	route('GET', '/bounces/:id', getBounce, 'any'),
	route('GET', '/bounces/:id/dump', dumpBounce, 'any'),
	route('PUT', '/bounces/:id/activate', activateBounce, 'any'),

	route('GET', '/templates', listTemplates, 'any'),
	route('POST', '/templates', createTemplate, 'any'),
	route('POST', '/templates/validate', validateTemplate, 'any'),
	route('GET', '/templates/:id', getTemplate, 'any'),
	route('PUT', '/templates/:id', editTemplate, 'any'),
	route('DELETE', '/templates/:id', deleteTemplate, 'any'),

	route('GET', '/message-streams', listStreams, 'any'),
	route('POST', '/message-streams', createStream, 'any'),
	route('GET', '/message-streams/:id', getStream, 'any'),
	route('PATCH', '/message-streams/:id', editStream, 'any'),
	route('POST', '/message-streams/:id/archive', archiveStream, 'any'),
	route('POST', '/message-streams/:id/unarchive', unarchiveStream, 'any'),
	route('GET', '/message-streams/:id/suppressions/dump', dumpSuppressions, 'any'),
	route('POST', '/message-streams/:id/suppressions', createSuppressions, 'any'),
	route('POST', '/message-streams/:id/suppressions/delete', deleteSuppressions, 'any'),

	route('GET', '/webhooks', listWebhooks, 'webhooks'),
	route('POST', '/webhooks', createWebhook, 'webhooks'),
	route('GET', '/webhooks/:id', getWebhook, 'webhooks'),
	route('PUT', '/webhooks/:id', editWebhook, 'webhooks'),
	route('DELETE', '/webhooks/:id', deleteWebhook, 'webhooks'),

	route('GET', '/server', showServer, 'any')
];

const accountRoutes = /^\/(servers|domains|senders|data-removals|templates\/push)(\/|$)/i;

async function showServer(mail: MailContext): Promise<object> {
	return {
		ID: SERVER_ID,
		Name: 'Embedded mail',
		ApiTokens: [mail.serverToken],
		ServerLink: mail.url(),
		Color: 'Blue',
		SmtpApiActivated: true,
		RawEmailEnabled: false,
		DeliveryType: 'Sandbox',
		InboundAddress: '',
		InboundHookUrl: '',
		BounceHookUrl: '',
		OpenHookUrl: '',
		DeliveryHookUrl: '',
		ClickHookUrl: '',
		PostFirstOpenOnly: false,
		InboundDomain: '',
		InboundHash: '',
		InboundSpamThreshold: 0,
		TrackOpens: false,
		TrackLinks: 'None',
		IncludeBounceContentInHook: false,
		EnableSmtpApiErrorHooks: true
	};
}

const isSame = (one: string, other: string) => {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(one), digest(other));
};

/** Whether the call is a test. Throws 401 for a token that is missing, wrong or of the other kind. */
function checkToken(mail: MailContext, request: Request, path: string): boolean {
	const token = request.headers.get('x-postmark-server-token');
	if (accountRoutes.test(path)) {
		if (request.headers.has('x-postmark-account-token')) throw missing(request.method, path);
		throw new ApiError(401, 10, 'This endpoint needs an account token, and the embedded mail service has no account API.');
	}
	if (token === null) {
		const advice = 'Please add a header for either X-Postmark-Server-Token or X-Postmark-Account-Token.';
		throw new ApiError(401, 10, `No Account or Server API tokens were supplied in the HTTP headers. ${advice}`);
	}
	if (token === 'POSTMARK_API_TEST') return true;
	if (!isSame(token, mail.serverToken)) {
		const advice = 'Please verify that you are using a valid token.';
		throw new ApiError(401, 10, `The Server Token you provided in the X-Postmark-Server-Token request header was invalid. ${advice}`);
	}
	return false;
}

const missing = (method: string, path: string) => new ApiError(404, 404, `The embedded mail service has no ${method} ${path}.`);

function decode(part: string): string {
	try {
		return decodeURIComponent(part).replaceAll('\0', '');
	} catch {
		throw refused(403, 'The path is not URL-encoded.');
	}
}

async function answer(mail: MailContext, request: Request, url: URL): Promise<Response> {
	const isTest = checkToken(mail, request, url.pathname);
	const found = routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
	if (!found) throw missing(request.method, url.pathname);
	if (isTest && !url.pathname.toLowerCase().startsWith('/email')) {
		throw new ApiError(401, 10, 'The token POSTMARK_API_TEST is for sending only.');
	}
	const body = await readJson(request);
	const isList = /^\/email\/batch\/?$/i.test(url.pathname);
	if (!isList && !isFields(body)) throw refused(402, 'Received invalid JSON input: an object is expected.');
	const { losesAnswer } = found.place ? await endure(mail.faults.takeForRequest(found.place, [])) : { losesAnswer: false };
	const result = await found.answer(mail, {
		id: decode(found.path.exec(url.pathname)?.[1] ?? ''),
		query: queryOf(url),
		body: isFields(body) ? body : {},
		list: body,
		isTest
	});
	if (losesAnswer) throw new Disconnected();
	return Response.json(result);
}

/** Answers a call of Postmark's API (https://postmarkapp.com/developer/api/overview). Throws Disconnected where a fault says so. */
export async function answerPostmark(mail: MailContext, request: Request, url: URL): Promise<Response> {
	try {
		return await answer(mail, request, url);
	} catch (error) {
		if (error instanceof ApiError) return errorResponse(error);
		if (error instanceof FaultAnswer) return error.response;
		if (error instanceof Disconnected) throw error;
		// Class 22: a value PostgreSQL cannot take, like the 30th of February.
		if (error instanceof postgres.PostgresError && error.code.startsWith('22')) {
			return errorResponse(refused(403, `Invalid request field: ${error.message}.`));
		}
		console.error('mail:', error);
		return errorResponse(new ApiError(500, 101, "You encountered an error that shouldn't have occurred."));
	}
}
