// The order matters: nearly every browser also calls itself Safari, and most call themselves Chrome.
const browsers: [pattern: RegExp, name: string][] = [
	[/\bEdgA?\//, 'Edge'],
	[/\b(?:OPR|Opera)\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\bVivaldi\//, 'Vivaldi'],
	[/\b(?:Firefox|FxiOS)\//, 'Firefox'],
	[/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
	[/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
	[/\bcurl\//, 'curl'],
	[/\b(?:node|undici)\b/i, 'a program']
];

const systems: [pattern: RegExp, name: string][] = [
	[/\biPhone\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bAndroid\b/, 'Android'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac(?:intosh| OS X)\b/, 'macOS'],
	[/\bLinux\b/, 'Linux']
];

/** What a `User-Agent` (RFC 9110, 10.1.5) says in words: "Firefox on Windows". It is what a browser says of itself, so a hint and no evidence. */
export function deviceName(userAgent: string | null): string {
	const text = userAgent ?? '';
	const browser = browsers.find(([pattern]) => pattern.test(text))?.[1];
	const system = systems.find(([pattern]) => pattern.test(text))?.[1];
	if (!browser) return system ? `A browser on ${system}` : 'An unknown device';
	const name = browser.charAt(0).toUpperCase() + browser.slice(1);
	return system ? `${name} on ${system}` : name;
}

/** Whether the device is one that is held in a hand. */
export function isHandheld(userAgent: string | null): boolean {
	return /\b(?:iPhone|iPad|Android)\b/.test(userAgent ?? '');
}
