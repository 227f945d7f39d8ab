import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

// What the app's routes are and what each reads of a request, found in its source: files give the routes, handlers and what they reach give the names.
// Whoever adds a route or a parameter adds it here without knowing, and the suites that go through this list then want to know what it is.

/** One way into the app: a page with the loads behind it, a form action, or a method of an endpoint. `names` are what it reads of a request. */
export type Door = {
	/** `page /[org]/companies`, `?/save /[org]/settings`, `PATCH /api/deals/[id]`. */
	key: string;
	/** Page, or the method of an endpoint, or POST for an action. */
	method: 'page' | 'action' | 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** The path with its parameters in brackets. */
	route: string;
	/** The name of the action, `default` for the nameless. */
	action: string | null;
	/** Names in the path. */
	inPath: string[];
	/** Names in the query, the form or the JSON body, at any depth. */
	names: string[];
	/** Whether the body is JSON. */
	takesJson: boolean;
};

const routesFolder = resolve('src/routes');
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Source = { path: string; ast: ts.SourceFile; tops: Map<string, ts.Node>; imports: Map<string, { path: string; name: string }> };
const sources = new Map<string, Source>();

function fileOf(specifier: string, from: string): string | null {
	const base = specifier.startsWith('$lib/')
		? resolve('src/lib', specifier.slice(5))
		: specifier.startsWith('.')
			? resolve(dirname(from), specifier)
			: null;
	return base && ([`${base}.ts`, join(base, 'index.ts')].find(existsSync) ?? null);
}

/** A module with its top-level names and where the others come from. */
function sourceOf(path: string): Source {
	const known = sources.get(path);
	if (known) return known;
	const ast = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
	const source: Source = { path, ast, tops: new Map(), imports: new Map() };
	sources.set(path, source);
	for (const statement of ast.statements) {
		if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
			const from = fileOf(statement.moduleSpecifier.text, path);
			const bindings = statement.importClause?.namedBindings;
			if (!from || statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || !bindings || !ts.isNamedImports(bindings))
				continue;
			for (const { name, propertyName, isTypeOnly } of bindings.elements)
				if (!isTypeOnly) source.imports.set(name.text, { path: from, name: (propertyName ?? name).text });
		} else if (ts.isVariableStatement(statement)) {
			for (const declared of statement.declarationList.declarations)
				if (ts.isIdentifier(declared.name)) source.tops.set(declared.name.text, declared);
		} else if (ts.isFunctionDeclaration(statement) && statement.name) source.tops.set(statement.name.text, statement);
	}
	return source;
}

/** What a variable's value says about it: that it holds what somebody sent. */
const holdsInput = /Object\.fromEntries\(|textsOf\(|\.formData\(\)|readJson\(/;
const asksInput = /(?:searchParams|[fF]orm(?:Data)?)$/;

/** The texts with which a local function is called: for `const text = (name) => form[name]`, the names in all `text('…')`. */
function textsGivenTo(inner: ts.Node): string[] {
	let at: ts.Node | undefined = inner;
	while (at && !(ts.isVariableDeclaration(at) && at.initializer && ts.isArrowFunction(at.initializer))) at = at.parent;
	if (!at || !ts.isVariableDeclaration(at)) return [];
	const called = at.name.getText();
	const given: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isCallExpression(node) && node.expression.getText() === called)
			for (const each of node.arguments) if (ts.isStringLiteral(each)) given.push(each.text);
		ts.forEachChild(node, visit);
	};
	visit(inner.getSourceFile());
	return given;
}

function namesOf(asked: ts.Expression): string[] {
	if (ts.isStringLiteral(asked)) return [asked.text];
	const given = ts.isIdentifier(asked) ? textsGivenTo(asked) : [];
	return given.length > 0 ? given : [asked.getText()];
}

/** Names that one expression reads of a request, if it is one that reads. */
function namesReadBy(node: ts.Node): string[] {
	if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
		const { expression: object, name } = node.expression;
		const [first] = node.arguments;
		if (first && ['get', 'getAll', 'has'].includes(name.text) && asksInput.test(object.getText())) return namesOf(first);
		if (
			first &&
			['object', 'strictObject', 'looseObject', 'extend', 'safeExtend'].includes(name.text) &&
			ts.isObjectLiteralExpression(first)
		)
			return first.properties.flatMap((property) => (property.name ? [property.name.getText()] : []));
	}
	const holder = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? node.expression : null;
	if (!holder || !ts.isIdentifier(holder) || (ts.isCallExpression(node.parent) && node.parent.expression === node)) return [];
	const holds = new RegExp(`\\b${holder.text} = (?:await )?[^;]*`).exec(node.getSourceFile().text);
	if (!holds || !holdsInput.test(holds[0])) return [];
	if (ts.isElementAccessExpression(node)) return namesOf(node.argumentExpression);
	return ts.isPropertyAccessExpression(node) ? [node.name.text] : [];
}

/** Everything that a piece of code reads of a request, itself and through what it calls. */
function namesReached(node: ts.Node, source: Source, found: Set<string>, seen: Set<ts.Node>): void {
	if (seen.has(node)) return;
	seen.add(node);
	const visit = (inner: ts.Node): void => {
		for (const name of namesReadBy(inner)) found.add(name);
		if (ts.isCallExpression(inner) && inner.expression.getText() === 'readJson') found.add('(json)');
		if (ts.isIdentifier(inner)) {
			const own = source.tops.get(inner.text);
			const imported = source.imports.get(inner.text);
			if (own) namesReached(own, source, found, seen);
			else if (imported) {
				const other = sourceOf(imported.path);
				const target = other.tops.get(imported.name);
				if (target) namesReached(target, other, found, seen);
			}
		}
		ts.forEachChild(inner, visit);
	};
	visit(node);
}

function reads(node: ts.Node, path: string): Set<string> {
	const found = new Set<string>();
	namesReached(node, sourceOf(path), found, new Set());
	return found;
}

const without = (path: string) => path.replace(/\/\([^)]*\)/g, '') || '/';
const paramsIn = (route: string) => [...route.matchAll(/\[+(?:\.\.\.)?([^\]=]+)[^\]]*\]+/g)].map(([, name = '']) => name);

function actionsOf(declared: ts.Node): { name: string; node: ts.Node }[] {
	const found: { name: string; node: ts.Node }[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isObjectLiteralExpression(node)) {
			for (const property of node.properties) if (property.name) found.push({ name: property.name.getText(), node: property });
		} else ts.forEachChild(node, visit);
	};
	visit(declared);
	return found;
}

/** All doors of the app, and the files in its routes folder that this cannot read. */
export function readDoors(): { doors: Door[]; unknown: string[] } {
	const files = readdirSync(routesFolder, { recursive: true, encoding: 'utf8' }).filter((file) => /(^|\/)\+[^/]*$/.test(file));
	const doors: Door[] = [];
	const door = (method: Door['method'], folder: string, action: string | null, found: Set<string>) => {
		const route = without(`/${folder}`.replace(/\/$/, ''));
		const inPath = paramsIn(route);
		const takesJson = found.delete('(json)');
		const key = `${method === 'action' ? `?/${action}` : method} ${route}`;
		doors.push({ key, method, route, action, inPath, names: [...found].sort(), takesJson });
	};
	const loadsAt = (folder: string): Set<string> =>
		['+layout.server.ts', '+layout.ts', '+page.server.ts', '+page.ts'].reduce((all, name) => {
			const path = join(routesFolder, folder, name);
			const load = existsSync(path) ? sourceOf(path).tops.get('load') : undefined;
			return load ? new Set([...all, ...reads(load, path)]) : all;
		}, new Set<string>());
	for (const file of files.sort()) {
		const folder = dirname(file) === '.' ? '' : dirname(file);
		const name = file.slice(file.lastIndexOf('/') + 1);
		const path = join(routesFolder, file);
		if (
			/^\+page(@.*)?\.svelte$/.test(name) ||
			(name === '+page.server.ts' &&
				!files.some((each) => each === join(folder, '+page.svelte') || each.startsWith(join(folder, '+page@'))))
		) {
			const steps = folder.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'));
			door(
				'page',
				folder,
				null,
				['', ...steps].reduce((all, step) => new Set([...all, ...loadsAt(step)]), new Set<string>())
			);
		}
		if (name === '+page.server.ts') {
			const actions = sourceOf(path).tops.get('actions');
			for (const each of actions ? actionsOf(actions) : []) door('action', folder, each.name, reads(each.node, path));
		} else if (name === '+server.ts')
			for (const method of methods) {
				const handler = sourceOf(path).tops.get(method);
				if (handler) door(method, folder, null, reads(handler, path));
			}
	}
	const readable = /^\+(page(@.*)?\.svelte|layout(@.*)?\.svelte|error\.svelte|(page|layout)(\.server)?\.ts|server\.ts)$/;
	const strayHandlers = files.flatMap((file) => {
		if (!file.endsWith('.ts')) return [];
		const known = ['load', 'actions', ...methods, 'prerender', 'ssr', 'csr', 'trailingSlash'];
		const text = readFileSync(join(routesFolder, file), 'utf8');
		return [...text.matchAll(/^export (?:const|async function|function|let) (\w+)/gm)].flatMap(([, name = '']) =>
			known.includes(name) ? [] : [`${file}: ${name}`]
		);
	});
	return { doors, unknown: [...files.filter((file) => !readable.test(file.slice(file.lastIndexOf('/') + 1))), ...strayHandlers] };
}

/** The names of all cookies that the app reads itself. */
export function readCookieNames(): string[] {
	const names = readdirSync(resolve('src'), { recursive: true, encoding: 'utf8' }).flatMap((file) => {
		if (!file.endsWith('.ts') || file.endsWith('.test.ts')) return [];
		const text = readFileSync(resolve('src', file), 'utf8');
		return [...text.matchAll(/cookies\.get\(([^)]+)\)/g)].map(([, asked = '']) => {
			const constant = new RegExp(`const ${asked} = '([^']+)'`).exec(text)?.[1];
			return constant ?? asked.replaceAll("'", '');
		});
	});
	return [...new Set(names)].sort();
}
