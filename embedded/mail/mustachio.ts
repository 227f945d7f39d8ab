import { escapeHtml } from './html.ts';

/*
 * Mustachio, the template language of Postmark (https://postmarkapp.com/support/article/1077-template-syntax,
 * https://github.com/ActiveCampaign/mustachio): Mustache with `#each` and `../`, and without looking outward for a name by itself.
 */

/** What is wrong with a template, and where: line and character from 1. */
export type TemplateProblem = { Message: string; Line: number; CharacterPosition: number };

export type Node =
	| { kind: 'text'; text: string }
	| { kind: 'value'; path: string[]; raw: boolean }
	| { kind: 'section' | 'inverted' | 'each'; path: string[]; children: Node[] };

/** Deeper blocks are refused: they would exhaust the stack. */
const DEEPEST = 50;

type Block = Extract<Node, { children: Node[] }>;

/** A value and what it was found in: `../` goes back along this way. */
type Scope = { value: unknown; parent: Scope | null };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readPath(text: string): string[] | null {
	if (text === '.' || text === 'this') return [];
	const parts = text.split('/').flatMap((part) => (part === '..' ? ['..'] : part === '.' ? [] : part.split('.')));
	// Suggested models are made by writing to these names.
	if (parts.includes('__proto__')) return null;
	return parts.length > 0 && parts.every((part) => /^(\.\.|[\p{L}\p{N}_$@-]+)$/u.test(part)) ? parts : null;
}

/** Parses a template. `nodes` are what could be understood; a template with problems must not be rendered. */
export function parseTemplate(template: string): { nodes: Node[]; problems: TemplateProblem[] } {
	const problems: TemplateProblem[] = [];
	const root: Node[] = [];
	const open: { block: Block; name: string; at: number }[] = [];
	const complain = (at: number, Message: string) => {
		const before = template.slice(0, at).split('\n');
		problems.push({ Message, Line: before.length, CharacterPosition: (before.at(-1)?.length ?? 0) + 1 });
	};
	const add = (node: Node) => (open.at(-1)?.block.children ?? root).push(node);

	let position = 0;
	while (position < template.length) {
		const start = template.indexOf('{{', position);
		if (start > position || start < 0) add({ kind: 'text', text: template.slice(position, start < 0 ? undefined : start) });
		if (start < 0) break;
		const raw = template.startsWith('{{{', start);
		const close = raw ? '}}}' : '}}';
		const end = template.indexOf(close, start);
		if (end < 0) {
			complain(start, 'A tag is opened here and never closed.');
			break;
		}
		position = end + close.length;
		const tag = template.slice(start + close.length, end).trim();
		readTag(tag, raw, start);
	}
	for (const { name, at } of open) complain(at, `The block '${name}' is opened here and never closed.`);

	function readTag(tag: string, raw: boolean, at: number): void {
		const sign = raw ? '' : (/^[#^/&!]/.exec(tag)?.[0] ?? '');
		const name = tag.slice(sign.length).trim();
		if (sign === '!') return;
		// Filled in when the message is delivered: each recipient has a link of their own.
		if (raw && /^pm:unsubscribe(_url)?$/.test(name)) return void add({ kind: 'text', text: `{{{${name}}}}` });
		if (sign === '/') {
			const ended = open.pop();
			const expected = ended?.block.kind === 'each' ? 'each' : ended?.name;
			if (name !== expected)
				complain(at, ended ? `'${name}' is closed here, but '${expected}' is open.` : `'${name}' is closed here and never opened.`);
			return;
		}
		const each = sign === '#' ? /^each\s+(.+)$/s.exec(name)?.[1] : undefined;
		const path = readPath(each ?? name);
		if (!path) return complain(at, `'${tag}' is not a valid path.`);
		if (open.length >= DEEPEST) return complain(at, `Blocks may stand in one another ${DEEPEST} deep.`);
		if (sign === '#' || sign === '^') {
			const block: Block = { kind: each === undefined ? (sign === '#' ? 'section' : 'inverted') : 'each', path, children: [] };
			add(block);
			open.push({ block, name, at });
		} else add({ kind: 'value', path, raw: raw || sign === '&' });
	}
	return { nodes: root, problems };
}

function lookUp(scope: Scope, path: string[]): Scope {
	return path.reduce<Scope>((from, part) => {
		if (part === '..') return from.parent ?? from;
		const value = isRecord(from.value) && Object.hasOwn(from.value, part) ? from.value[part] : undefined;
		return { value, parent: from };
	}, scope);
}

const isThere = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** What a template may still do. Loops in loops over a large model would otherwise hold up every other request, or fill the memory. */
type Budget = { steps: number; characters: number };

/** Thrown by `renderTemplate` when a template comes to more than a message can hold. */
export class TemplateTooLarge extends Error {}

function renderNodes(nodes: Node[], scope: Scope, isHtml: boolean, budget: Budget): string {
	return nodes.map((node) => renderNode(node, scope, isHtml, budget)).join('');
}

function renderNode(node: Node, scope: Scope, isHtml: boolean, budget: Budget): string {
	if (--budget.steps < 0) throw new TemplateTooLarge('The template takes too many steps with this model.');
	const say = (text: string) => {
		budget.characters -= text.length;
		if (budget.characters < 0) throw new TemplateTooLarge('The template comes to more than 5 MB with this model.');
		return text;
	};
	if (node.kind === 'text') return say(node.text);
	const found = lookUp(scope, node.path);
	switch (node.kind) {
		case 'value': {
			const text = found.value === null || typeof found.value === 'object' ? '' : String(found.value ?? '');
			return say(isHtml && !node.raw ? escapeHtml(text) : text);
		}
		case 'section':
			return isThere(found.value) ? renderNodes(node.children, found, isHtml, budget) : '';
		case 'inverted':
			return isThere(found.value) ? '' : renderNodes(node.children, scope, isHtml, budget);
		case 'each': {
			const items = Array.isArray(found.value) ? found.value : isThere(found.value) ? [found.value] : [];
			return items.map((value: unknown) => renderNodes(node.children, { value, parent: found }, isHtml, budget)).join('');
		}
	}
}

/**
 * Renders a parsed template. Values are escaped in HTML; in subjects and plain text they stand as they are.
 * Throws TemplateTooLarge beyond the 5 MB of a message's body, or 500,000 nodes.
 */
export function renderTemplate(nodes: Node[], model: unknown, { isHtml }: { isHtml: boolean }): string {
	return renderNodes(nodes, { value: model, parent: null }, isHtml, { steps: 500_000, characters: 5 * 2 ** 20 });
}

/** A model with a made-up value for every name a template uses: `name` gets "name_Value". Laid into `model`, which it returns. */
export function suggestModel(
	nodes: Node[],
	model: Record<string, unknown>,
	outer: Record<string, unknown>[] = []
): Record<string, unknown> {
	for (const node of nodes) {
		if (node.kind === 'text') continue;
		const ups = node.path.filter((part) => part === '..').length;
		const path = node.path.slice(ups);
		const around = [...outer, model];
		let place = around[Math.max(0, around.length - 1 - ups)] ?? model;
		for (const part of path.slice(0, -1)) {
			const inside = isRecord(place[part]) ? place[part] : {};
			place[part] = inside;
			place = inside;
		}
		const name = path.at(-1);
		if (name === undefined) {
			if (node.kind !== 'value') suggestModel(node.children, place, outer);
		} else if (node.kind === 'value') place[name] ??= `${name}_Value`;
		else if (node.kind === 'inverted') suggestModel(node.children, model, outer);
		else {
			const before = Array.isArray(place[name]) ? place[name][0] : place[name];
			const inside = suggestModel(node.children, isRecord(before) ? before : {}, node.kind === 'each' ? [...around, place] : around);
			const usesItself = node.children.some((child) => child.kind === 'value' && child.path.length === 0);
			const value = usesItself && Object.keys(inside).length === 0 ? `${name}_Value` : inside;
			place[name] = node.kind === 'each' ? [value] : value;
		}
	}
	return model;
}

/** A suggested model with what is known of the real one in place of what was made up. */
export function mergeModels(suggested: Record<string, unknown>, known: Record<string, unknown>): Record<string, unknown> {
	const merged = Object.entries(known).map(([name, value]) => {
		const before = suggested[name];
		return [name, isRecord(value) && isRecord(before) ? mergeModels(before, value) : value];
	});
	return { ...suggested, ...Object.fromEntries(merged) };
}
