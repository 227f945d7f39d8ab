// A Chromium for the browser tests: the one named by CHROMIUM_PATH, an installed one, Playwright's own, or Debian's package.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, step } from './report.mjs';
import { node24, root, toolEnv } from './setup.mjs';

const installed = () =>
	[
		process.env.CHROMIUM_PATH,
		'/usr/bin/chromium',
		'/usr/bin/chromium-browser',
		'/usr/bin/google-chrome',
		'/usr/bin/google-chrome-stable',
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
		'/Applications/Chromium.app/Contents/MacOS/Chromium'
	].find((path) => path && existsSync(path));

const playwrights = () => {
	const probe = "import('@playwright/test').then(({ chromium }) => console.log(chromium.executablePath()))";
	const path = spawnSync(node24, ['--input-type=module', '-e', probe], { cwd: root, encoding: 'utf8' }).stdout.trim();
	return path && existsSync(path) ? path : undefined;
};

/** @param {string} command @param {string[]} args @param {number} timeoutMs */
const tryRun = (command, args, timeoutMs) =>
	spawnSync(command, args, {
		cwd: root,
		env: { ...toolEnv(), DEBIAN_FRONTEND: 'noninteractive' },
		stdio: 'ignore',
		timeout: timeoutMs
	}).status === 0;

/**
 * The path of a Chromium, installed first where there is none.
 * @returns {Promise<string>}
 * @throws {SetupError} where none is found and none can be installed
 */
export async function ensureChromium() {
	const found = installed() ?? playwrights();
	if (found) return found;
	await step('Chromium installed for the browser tests', () => {
		const isRoot = process.getuid?.() === 0;
		if (
			isRoot &&
			existsSync('/usr/bin/apt-get') &&
			tryRun('apt-get', ['update', '-qq'], 180_000) &&
			tryRun('apt-get', ['install', '-y', '-qq', 'chromium'], 600_000)
		)
			return;
		tryRun(node24, [join(root, 'node_modules', 'playwright', 'cli.js'), 'install', 'chromium'], 300_000);
	});
	const path = installed() ?? playwrights();
	if (!path)
		throw new SetupError(
			'No Chromium was found, and none could be installed.',
			'Install Chromium or Chrome, or name one: CHROMIUM_PATH=…  npm test'
		);
	return path;
}
