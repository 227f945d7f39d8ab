// @ts-check
import { listMessages, readReceiver, removeAllMessages, removeMessage } from './api.js';
import { confirmDanger } from './dialogs.js';
import { byId, element, icon } from './dom.js';
import { Faults } from './faults-panel.js';
import { Filters } from './filters.js';
import { ListView } from './list-view.js';
import { listen } from './live.js';
import { go, tabsOf } from './message-tabs.js';
import { MessageView } from './message-view.js';
import { Messages, noFilter } from './messages.js';
import { notify, notifyProblem } from './notices.js';
import { openReceiver } from './receiver-panel.js';
import { listRoute, parseRoute } from './route.js';
import { listenForShortcuts, showShortcuts } from './shortcuts.js';
import { badge } from './status.js';
import { themeButton } from './theme-button.js';
import { refreshTimes } from './time.js';
/** @import { Shortcut } from './shortcuts.js' */

const timesMs = 20_000;
const changesMs = 100;

/** @type {number | undefined} */
let smtpPort;

const messages = new Messages(() => list.draw(view.id));
const list = new ListView(messages, {
	onmore: () => void messages.loadMore().catch(notifyProblem),
	onretry: () => void messages.load(),
	onclearfilter: () => filters.clear(),
	smtpPort: () => smtpPort
});
const filters = new Filters({ onchange: (filter) => void messages.narrow(filter), ondown: () => list.focus(null) });
const view = new MessageView(byId('message', HTMLElement), { onback: back, ondelete: (id) => void remove(id) });

// Which message is open is in the address, so that the browser's own back and reload do what they say.

function showRoute() {
	const route = parseRoute(location.hash);
	const left = view.id;
	byId('panes', HTMLElement).classList.toggle('has-message', route !== null);
	void view.show(route);
	list.draw(view.id);
	if (route) return;
	document.title = 'Mailbox';
	if (left !== null) list.focus(left);
}

function back() {
	location.hash = listRoute;
}

// Deleting

/** @param {string} id */
async function remove(id) {
	const subject = messages.items.find((message) => message.id === id)?.subject;
	try {
		await removeMessage(id);
		removed(id);
		notify(`Deleted “${subject || '(no subject)'}”`);
	} catch (error) {
		notifyProblem(error);
	}
}

/** @param {string | null} id */
function removed(id) {
	messages.removed(id);
	if (view.id !== null && (id === null || id === view.id)) back();
}

async function removeAll() {
	const { total } = await listMessages(noFilter, { limit: 1 });
	const many = `${total.toLocaleString()} ${total === 1 ? 'message' : 'messages'}`;
	confirmDanger({
		title: `Delete ${many}?`,
		text: `${messages.isFiltered ? 'Every message goes, not only those shown now.' : 'They cannot be brought back.'} Suppressions and webhooks stay.`,
		action: `Delete ${many}`,
		run: async () => {
			await removeAllMessages();
			removed(null);
		}
	});
}

// The bar

const faultCount = element('span', { class: 'tab-count tabular' });
const faults = new Faults((count) => {
	faultCount.textContent = String(count);
	faultCount.hidden = count === 0;
});

/**
 * @param {string} iconName
 * @param {string} label
 * @param {() => void} run
 * @param {Node[]} [more]
 */
const barButton = (iconName, label, run, more = []) =>
	element(
		'button',
		{ type: 'button', class: 'button ghost', onclick: run },
		icon(iconName),
		element('span', { class: 'bar-label' }, label),
		...more
	);

byId('bar-actions', HTMLElement).append(
	barButton('webhook', 'Receiver', openReceiver),
	barButton('flask-conical', 'Faults', () => faults.open(), [faultCount]),
	themeButton(),
	element(
		'button',
		{
			type: 'button',
			class: 'button ghost icon-only keys-button',
			'aria-label': 'Keyboard shortcuts',
			title: 'Keyboard shortcuts (?)',
			onclick: () => showShortcuts(shortcuts)
		},
		icon('keyboard')
	)
);
byId('clear', HTMLButtonElement).addEventListener('click', () => void removeAll().catch(notifyProblem));

// Keys

/** @type {Shortcut[]} */
const shortcuts = [
	{ keys: ['j', 'ArrowDown'], label: 'Next message', group: 'List', run: () => list.move(1) },
	{ keys: ['k', 'ArrowUp'], label: 'Previous message', group: 'List', run: () => list.move(-1) },
	{ keys: ['Enter'], label: 'Open the message', group: 'List' },
	{ keys: ['/'], label: 'Search', group: 'List', run: () => filters.focus() },
	{ keys: ['1', '2', '3', '4', '5', '6'], label: 'Go to a tab', group: 'Message', run: ({ key }) => goToTab(Number(key) - 1) },
	{ keys: ['c'], label: 'Copy the code', group: 'Message', run: () => document.getElementById('copy-code')?.click() },
	{ keys: ['Delete'], label: 'Delete', group: 'Message', run: removeFocused },
	{ keys: ['Escape'], label: 'Back to the list', group: 'Message', run: () => view.id !== null && back() },
	{ keys: ['?'], label: 'These shortcuts', group: 'Anywhere', run: () => showShortcuts(shortcuts) }
];

function removeFocused() {
	const id = list.focused ?? view.id;
	if (id !== null) void remove(id);
}

/** @param {number} at */
function goToTab(at) {
	const tab = view.message && tabsOf(view.message)[at];
	if (view.message && tab) go(view.message.id, tab);
}

// What comes by itself

/** @type {ReturnType<typeof setTimeout> | undefined} */
let changing;

/** @param {boolean} isLive */
function showConnection(isLive) {
	const place = byId('connection', HTMLElement);
	if (place.dataset.live === String(isLive)) return;
	place.dataset.live = String(isLive);
	const lost = badge('warning', 'wifi-off', 'Reconnecting…', 'The mailbox does not answer. What you see may be out of date.');
	place.replaceChildren(...(isLive ? [] : [lost]));
}

listen({
	onMessage: (message) => {
		messages.received(message);
		if (message.id !== view.id) return;
		// Several changes come at once: the message is asked for after the last.
		clearTimeout(changing);
		changing = setTimeout(() => void view.refresh(), changesMs);
	},
	onRemoved: removed,
	onLost: () => {
		showConnection(false);
		if (messages.state === 'loading') void messages.load();
	},
	onLive: () => {
		showConnection(true);
		void messages.load();
		void view.refresh();
		void faults.ask();
	}
});

for (const place of document.querySelectorAll('[data-icon]')) place.replaceWith(icon(place.getAttribute('data-icon') ?? ''));
addEventListener('hashchange', showRoute);
listenForShortcuts(shortcuts);
setInterval(refreshTimes, timesMs);
showRoute();
filters.askStreams().catch(notifyProblem);
readReceiver().then((receiver) => {
	smtpPort = receiver.smtpPort;
	list.draw(view.id);
}, notifyProblem);
