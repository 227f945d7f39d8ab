// @ts-check
import { element } from './dom.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayOfOtherYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** @param {string} iso */
export const exactTime = (iso) => exact.format(new Date(iso));

/**
 * How long ago: `now`, `5 min`, `3 h`, `2 d`, then the date. A clock that runs ahead a little reads as now.
 *
 * @param {string} iso
 * @param {number} [now] milliseconds since 1970
 */
export function shortTime(iso, now = Date.now()) {
	const then = new Date(iso);
	const age = now - then.getTime();
	if (age < minute) return 'now';
	if (age < hour) return `${Math.floor(age / minute)} min`;
	if (age < day) return `${Math.floor(age / hour)} h`;
	if (age < 7 * day) return `${Math.floor(age / day)} d`;
	return (then.getFullYear() === new Date(now).getFullYear() ? dayOfYear : dayOfOtherYear).format(then);
}

/** @param {string} iso */
export function timeElement(iso) {
	return element('time', { datetime: iso, title: exactTime(iso), class: 'short tabular muted' }, shortTime(iso));
}

/** Brings every relative time on the page up to date. */
export function refreshTimes() {
	for (const time of document.querySelectorAll('time.short')) {
		const text = shortTime(time.getAttribute('datetime') ?? '');
		if (time.textContent !== text) time.textContent = text;
	}
}
