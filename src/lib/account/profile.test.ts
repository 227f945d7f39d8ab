import { expect, it } from 'vitest';
import { profileForm, timeZones } from './profile';

const good = { full_name: ' Ada Lovelace ', title: '', phone: ' +41 1 ', time_zone: 'Europe/Zurich', locale: 'de-CH' };

it('tidies what people type, and takes empty for nothing', () => {
	expect(profileForm.parse(good)).toEqual({
		full_name: 'Ada Lovelace',
		title: null,
		phone: '+41 1',
		time_zone: 'Europe/Zurich',
		locale: 'de-CH'
	});
});

it.each([
	['full_name', '  '],
	['title', 'x'.repeat(121)],
	['phone', '1'.repeat(51)],
	['time_zone', 'Mars/Olympus'],
	['locale', 'xx-evil']
])('refuses %s %j with a sentence beside it', (field, value) => {
	expect(profileForm.safeParse({ ...good, [field]: value }).error?.issues[0]).toMatchObject({
		path: [field],
		message: expect.stringMatching(/\.$/)
	});
});

it('knows every time zone it offers', () => {
	for (const time_zone of timeZones()) expect(profileForm.safeParse({ ...good, time_zone }).success, time_zone).toBe(true);
});
