import { expect, it } from 'vitest';
import { deviceName } from './device-name';

const mozilla = (rest: string) => `Mozilla/5.0 ${rest}`;

it.each([
	[mozilla('(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'), 'Chrome on Windows'],
	[
		mozilla('(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0'),
		'Edge on Windows'
	],
	[mozilla('(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15'), 'Safari on macOS'],
	[mozilla('(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'), 'Firefox on Linux'],
	[
		mozilla('(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1'),
		'Chrome on iPhone'
	],
	[
		mozilla('(Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36'),
		'Samsung Internet on Android'
	],
	['node', 'A program'],
	['<script>alert(1)</script>', 'An unknown device'],
	[null, 'An unknown device']
])('%s is %s', (userAgent, name) => expect(deviceName(userAgent)).toBe(name));
