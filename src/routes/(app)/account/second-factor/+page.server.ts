import { z } from 'zod';
import { sixDigits } from '$lib/access/sign-in';
import { beginEnrolment, enterCode, readSecondFactor, removeFactor, renewCodes } from '$lib/account/second-factor';
import { forForm, forPage, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { safeNext } from '$lib/server/next';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	const wish = event.url.searchParams.get('next');
	return forPage(async () => {
		const [secondFactor, workspaces] = await Promise.all([readSecondFactor(event), event.locals.supabase.rpc('my_workspaces')]);
		const demanding = unwrap(workspaces).filter(({ state }) => state === 'second_factor');
		return { ...secondFactor, demandedBy: demanding.map(({ name }) => name), next: wish ? safeNext(wish) : null };
	});
};

const nameForm = z.object({ name: z.string().trim().min(1, 'Give it a name, such as “Phone”.').max(60, 'At most 60 characters.') });
const enrolment = z.object({
	id: z.uuid(),
	name: z.string().max(60),
	secret: z.string().regex(/^[A-Z2-7]{16,128}=*$/),
	qrCode: z.string().startsWith('data:image/svg+xml').max(300_000)
});
const verifyForm = enrolment.extend({ code: sixDigits });
const removeForm = z.object({ factor: z.uuid() });

export const actions: Actions = {
	enrol: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({ naming: String(form.name ?? '') }, async () => ({
			enrolling: await beginEnrolment(event.locals.supabase, parse(nameForm, form).name)
		}));
	},
	verify: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		// The page shows the same code again after a wrong number: it comes back with the form, because Auth tells the secret only once.
		const enrolling = enrolment.safeParse(form).data;
		return forForm({ enrolling }, async () => {
			const { id, code } = parse(verifyForm, form);
			await enterCode(event.locals.supabase, id, code);
			return { codes: await renewCodes(event.locals.supabase) };
		});
	},
	renew: async (event) => {
		requireUser(event);
		return forForm({}, async () => ({ codes: await renewCodes(event.locals.supabase) }));
	},
	remove: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({}, async () => {
			await removeFactor(event, parse(removeForm, form).factor);
			return { removed: true };
		});
	}
};
