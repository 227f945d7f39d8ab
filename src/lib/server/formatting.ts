import type { Cookies } from '@sveltejs/kit';
import { isTimeZone } from '$lib/account/profile';
import type { Formatting } from '$lib/records/format';

/** In which cookie a browser says its time zone; the root layout writes it. */
const zoneCookie = 'tz';

/**
 * How a member wants dates and numbers: as their profile says, else the time zone of the device and the app's own locale. What Intl does not know is nobody's wish:
 * profiles can be written through REST, and cookies by anybody.
 */
export function formattingOf(
	cookies: Cookies,
	profile: { locale: string | null; time_zone: string | null } | null | undefined
): Formatting {
	const zones = [profile?.time_zone, cookies.get(zoneCookie)];
	return {
		locale: profile?.locale && isLocale(profile.locale) ? profile.locale : null,
		timeZone: zones.find((zone) => zone && isTimeZone(zone)) ?? null
	};
}

function isLocale(tag: string): boolean {
	try {
		return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
	} catch {
		return false;
	}
}
