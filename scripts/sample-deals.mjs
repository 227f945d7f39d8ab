#!/usr/bin/env node
// Makes a file of believable deals to try the import with: node scripts/sample-deals.mjs 2000 deals.csv
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const firsts =
	'Amber Aspen Bright Cedar Cobalt Copper Delta Ember Falcon Granite Harbor Indigo Juniper Keystone Lumen Maple Meridian Nimbus Onyx Orchard Pioneer Quartz Ridge Summit Tidal Umber Vertex Willow Zephyr'.split(
		' '
	);
const seconds =
	'Analytics Biotech Capital Dynamics Energy Foods Freight Health Instruments Labs Logistics Media Metals Mobility Networks Optics Pharma Retail Robotics Software Solar Systems Textiles Travel Water'.split(
		' '
	);
const forms = ['Inc.', 'GmbH', 'Ltd', 'SA', 'AB', 'LLC', 'BV'];
const subjects = [
	'annual licence',
	'platform rollout',
	'renewal',
	'pilot',
	'expansion',
	'support contract',
	'migration',
	'training',
	'hardware refresh',
	'consulting'
];
/** @type {[string, number][]} */
const stages = [
	['Lead', 30],
	['Qualified', 25],
	['Proposal', 18],
	['Negotiation', 12],
	['Won', 9],
	['Lost', 6]
];
/** @type {[string, number][]} */
const currencies = [
	['USD', 60],
	['EUR', 25],
	['GBP', 10],
	['CHF', 5]
];
const owners = ['admin@demo.test', 'manager@demo.test', 'sales@demo.test'];
const headings = ['Name', 'Company', 'Stage', 'Amount', 'Currency', 'Owner e-mail', 'Expected close', 'Created date'];

/** Numbers in [0, 1), the same for the same seed (mulberry32). @param {number} seed */
function seededRandom(seed) {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/**
 * Rows of deals under a row of headings, as cells. The same seed gives the same rows on the same day.
 * @param {number} count
 * @param {{ seed?: number, today?: Date, owners?: string[] }} [options]
 * @returns {string[][]}
 */
export function sampleDeals(count, options = {}) {
	const random = seededRandom(options.seed ?? 1);
	const today = options.today ?? new Date();
	const people = options.owners ?? owners;
	/** @param {readonly string[]} from */
	const pick = (from) => from[Math.floor(random() * from.length)] ?? '';
	/** @param {readonly (readonly [string, number])[]} weighted */
	const weigh = (weighted) => {
		let left = random() * 100;
		return weighted.find(([, weight]) => (left -= weight) < 0)?.[0] ?? '';
	};
	/** @param {number} days */
	const day = (days) => new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);
	const companies = Array.from({ length: Math.max(1, Math.ceil(count / 6)) }, () => `${pick(firsts)} ${pick(seconds)} ${pick(forms)}`);
	const rows = Array.from({ length: count }, () => {
		const company = pick(companies);
		const stage = weigh(stages);
		const open = stage !== 'Won' && stage !== 'Lost';
		// Amounts of real pipelines: many small, few large.
		const amount = (Math.exp(6.5 + random() * 5.5) + Math.floor(random() * 100) / 100).toFixed(2);
		const created = -Math.floor(random() * 360) - 1;
		return [
			`${company.split(' ')[0]} ${pick(subjects)}`,
			company,
			stage,
			amount,
			weigh(currencies),
			pick(people),
			open ? day(Math.floor(random() * 150) - 20) : day(created + Math.floor(random() * -created)),
			day(created)
		];
	});
	return [headings, ...rows];
}

/** @param {string[][]} rows */
export function asCsv(rows) {
	const cell = (/** @type {string} */ text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
	return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/**
 * The rows as an .xlsx workbook: amounts as numbers, dates as dates.
 * @param {string[][]} rows
 * @returns {Promise<Buffer>}
 */
export async function asWorkbook(rows) {
	const { utils, write } = await import('xlsx');
	const serial = (/** @type {string} */ iso) => ({ t: 'n', v: Date.parse(iso) / 86_400_000 + 25_569, z: 'yyyy-mm-dd' });
	const cells = rows.map((row, index) =>
		index === 0 ? row : row.map((text, at) => (at === 3 ? Number(text) : at >= 6 ? serial(text) : text))
	);
	const book = utils.book_new();
	utils.book_append_sheet(book, utils.aoa_to_sheet(cells), 'Deals');
	return write(book, { type: 'buffer', bookType: 'xlsx', compression: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
	const [count = '2000', file = 'deals.csv'] = process.argv.slice(2);
	if (!/^\d{1,6}$/.test(count)) {
		console.error('usage: node scripts/sample-deals.mjs [rows] [file.csv | file.xlsx]');
		process.exit(2);
	}
	const rows = sampleDeals(Number(count));
	writeFileSync(file, file.endsWith('.xlsx') ? await asWorkbook(rows) : asCsv(rows));
	console.log(`${file}: ${count} deals`);
}
