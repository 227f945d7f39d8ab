import type { HandleClientError } from '@sveltejs/kit';
import { pageName, patientData } from '$lib/live/patient-data';
import { reloads } from '$lib/live/reload';
import { pageData } from '$lib/ui/page-data';

pageData.arrived = () => reloads.arrived();
pageData.reload = () => reloads.load();

// Kit asks for data by whatever is here.
window.fetch = patientData(window.fetch, {
	isReload: (page) => reloads.isUnderWay && page === pageName(new URL(location.href)),
	pause: (tries) => new Promise((go) => setTimeout(go, Math.min(500 * 2 ** tries, 15_000) * (0.5 + Math.random() * 0.5)))
});

/** What the error page says about failures in the browser. No answer at all is the network's fault more often than ours. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (status === 404) return { message: 'There is no page at this address.', code: 'not_found' };
	const unanswered = !navigator.onLine || (error instanceof TypeError && /fetch|network|load failed/i.test(error.message));
	if (unanswered) return { message: 'The server does not answer. Check your connection, then try again.', code: 'unreachable' };
	console.error(error);
	return { message: message === 'Internal Error' ? 'Something went wrong in this page. Try again.' : message, code: 'unexpected' };
};
