import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import { addMember, createWorkspace, type Person, type RoleKey, type Workspace } from '../support/workspace.ts';
import { baseUrl, endpoint } from './endpoint.ts';

export { baseUrl, endpoint, expect };

/** What a test provokes itself is no defect of the page: browsers write refused and failed requests to the console. */
export type Watch = {
	/** The network is cut from now on. */
	expectNetworkErrors: () => void;
	/** A request is about to be refused with this status. */
	expectRefusal: (status: number) => void;
	/** Whatever else a test provokes, by a part of what the browser writes. */
	expectProblem: (problem: RegExp) => void;
};

type Fixtures = {
	/** A fresh workspace with its admin. */
	workspace: Workspace;
	/** Opens a browser of its own, signed in as a person; every console error in it fails the test. */
	browserOf: (
		person: Person,
		options?: Parameters<import('@playwright/test').Browser['newContext']>[0]
	) => Promise<Page & { watch: Watch }>;
	/** Adds a member with a role to the workspace. */
	member: (role: RoleKey) => Promise<Person>;
};

/** Signs in by posting the form, as a browser without JavaScript does; sign-up.spec.ts types into it. */
export async function signIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<void> {
	const answer = await page.request.post('/sign-in', {
		form: { email, password },
		headers: { origin: baseUrl(), accept: 'text/html' },
		maxRedirects: 0
	});
	expect(answer.status(), 'signed in').toBe(303);
}

/** Collects what must not happen on any page: console errors, uncaught exceptions and refused resources. */
export function watchConsole(page: Page, problems: string[]): Watch {
	const expected: RegExp[] = [];
	page.on('console', (message) => {
		if (message.type() === 'error' && !expected.some((each) => each.test(message.text())))
			problems.push(`${page.url()}: ${message.text()} ${message.location().url}`);
	});
	page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
	return {
		expectNetworkErrors: () => void expected.push(/net::ERR_INTERNET_DISCONNECTED/),
		expectRefusal: (status) => void expected.push(new RegExp(`the server responded with a status of ${status} `)),
		expectProblem: (problem) => void expected.push(problem)
	};
}

/** Holds up the page's requests to addresses of this pattern until the function it returns is called. */
export async function holdUp(page: Page, pattern: string): Promise<() => void> {
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	await page.route(pattern, async (route) => {
		await released;
		await route.continue();
	});
	return release;
}

/** Keeps the page from waking up, its scripts from arriving, until the function it returns is called. Call it before going there with `waitUntil: 'commit'`. */
export const keepAsleep = (page: Page): Promise<() => void> => holdUp(page, '**/_app/immutable/**/*.js');

/** Waits until the page has woken up, if it is the app's: whatever is clicked from then on is answered by its scripts. */
export const isAwake = (page: Page) =>
	page.waitForFunction(() => Reflect.get(globalThis, 'earlyClick') === null || !document.body.hasAttribute('data-sveltekit-preload-data'));

/** Lets no test fill in a page in the moment in which it wakes up: unless it goes there with `waitUntil: 'commit'`, it finds the page awake. */
function awakened<P extends Page>(page: P): P {
	const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
	page.goto = async (url, options) => {
		const answer = await goto(url, options);
		if (options?.waitUntil !== 'commit') await isAwake(page);
		return answer;
	};
	page.reload = async (options) => {
		const answer = await reload(options);
		await isAwake(page);
		return answer;
	};
	return page;
}

export const test = base.extend<Fixtures>({
	// eslint's empty-pattern rule does not know that Playwright reads the parameter's names.
	baseURL: async ({ browserName: _ }, use) => use(baseUrl()),
	page: async ({ page }, use) => use(awakened(page)),
	workspace: async ({ browserName: _ }, use) => use(await createWorkspace(endpoint())),
	member: async ({ workspace }, use) => use((role) => addMember(endpoint(), workspace, role)),
	browserOf: async ({ browser }, use) => {
		const problems: string[] = [];
		const contexts: BrowserContext[] = [];
		await use(async (person, options = {}) => {
			const context = await browser.newContext({
				baseURL: baseUrl(),
				viewport: { width: 1440, height: 900 },
				...options
			});
			contexts.push(context);
			const page = awakened(await context.newPage());
			const watch = watchConsole(page, problems);
			await signIn(page, person);
			return Object.assign(page, { watch });
		});
		await Promise.all(contexts.map((context) => context.close()));
		expect(problems, 'errors in the browser console').toEqual([]);
	}
});

/** No serious or critical accessibility defect on the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
	const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
	expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}
