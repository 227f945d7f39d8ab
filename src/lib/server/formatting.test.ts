import type { Cookies } from '@sveltejs/kit';
import { expect, it } from 'vitest';
import { formattingOf } from './formatting';

const cookies = (zone?: string): Cookies => ({
	get: (name) => (name === 'tz' ? zone : undefined),
	getAll: () => [],
	set: () => undefined,
	delete: () => undefined,
	serialize: () => ''
});

it.each([
	['their profile', { locale: 'de-DE', time_zone: 'Asia/Tokyo' }, 'Europe/Rome', 'de-DE', 'Asia/Tokyo'],
	['the device, for the zone', { locale: null, time_zone: null }, 'Europe/Rome', null, 'Europe/Rome'],
	['nothing', null, undefined, null, null],
	['what Intl knows only', { locale: 'qq-nonsense', time_zone: 'Mars/Olympus' }, '<script>', null, null],
	['what is a tag only', { locale: 'not a tag', time_zone: '' }, 'UTC', null, 'UTC']
])('a member’s dates go by %s', (_, profile, zone, locale, timeZone) => {
	expect(formattingOf(cookies(zone), profile)).toEqual({ locale, timeZone });
});
