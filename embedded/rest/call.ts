import type { Catalog, Routine } from './catalog.ts';
import { Problem } from './problem.ts';
import { arrayText, identifier } from './sql.ts';
import type { Parameters } from './sql.ts';

/** What a call passes: the text of a json body, or texts from the query string, and the names in it. */
export type Arguments = { names: string[]; json: string | undefined; texts: ReadonlyMap<string, string> };

const bodyTypes = new Set(['json', 'jsonb']);

function accepts(routine: Routine, names: string[]): boolean {
	const parameters = new Map(routine.parameters.map((parameter) => [parameter.name, parameter]));
	return (
		names.every((name) => parameters.has(name)) &&
		routine.parameters.every(({ name, required, variadic }) => !required || variadic || names.includes(name))
	);
}

/** A function with one unnamed json parameter takes the whole body. */
function takesWholeBody(routine: Routine): boolean {
	const [only] = routine.parameters;
	return routine.parameters.length === 1 && only?.name === '' && bodyTypes.has(only.type);
}

/** The function that takes exactly these arguments; throws PGRST202 for none and PGRST203 for several. */
export function chooseRoutine(catalog: Catalog, schema: string, name: string, names: string[], byPost: boolean): Routine {
	const candidates = catalog.functions(schema, name);
	let matching = candidates.filter((routine) => accepts(routine, names));
	if (matching.length === 0 && byPost) matching = candidates.filter(takesWholeBody);
	const [only] = matching;
	if (only && matching.length === 1) return only;
	if (only) {
		const signatures = matching.map(
			(routine) => `${schema}.${name}(${routine.parameters.map((p) => `${p.name} => ${p.type}`).join(', ')})`
		);
		throw new Problem(300, 'PGRST203', `Could not choose the best candidate function between: ${signatures.join(', ')}`, {
			hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved'
		});
	}
	const shown = names.length === 0 ? ' without parameters' : `(${names.join(', ')})`;
	const searched = names.length === 0 ? 'without parameters' : `with parameter${names.length > 1 ? 's' : ''} ${names.join(', ')}`;
	const [other] = candidates;
	const hint = other ? `Perhaps you meant to call the function ${schema}.${name}(${other.parameters.map((p) => p.name).join(', ')})` : null;
	throw new Problem(404, 'PGRST202', `Could not find the function ${schema}.${name}${shown} in the schema cache`, {
		details: `Searched for the function ${schema}.${name} ${searched}${byPost ? ' or with a single unnamed json/jsonb parameter' : ''}, but no matches were found in the schema cache.`,
		hint
	});
}

/** The call as a `select` of its rows; a single value is named `pgrst_scalar`. */
export function callSql(routine: Routine, given: Arguments, parameters: Parameters): string {
	const shown = routine.returnsRow ? '_call.*' : '_call as pgrst_scalar';
	const name = `${identifier(routine.schema)}.${identifier(routine.name)}`;
	if (takesWholeBody(routine) && given.json !== undefined) {
		const [only] = routine.parameters;
		return `select ${shown} from ${name}(${parameters.add(given.json)}::${only?.type ?? 'json'}) as _call`;
	}
	const passed = routine.parameters.filter((parameter) => given.names.includes(parameter.name));
	if (passed.length === 0) return `select ${shown} from ${name}() as _call`;
	if (given.json === undefined) {
		const list = passed.map((parameter) => {
			const text = given.texts.get(parameter.name) ?? '';
			const value = parameter.variadic && !text.startsWith('{') ? arrayText([text]) : text;
			return `${parameter.variadic ? 'variadic ' : ''}${identifier(parameter.name)} := ${parameters.add(value)}::${parameter.type}`;
		});
		return `select ${shown} from ${name}(${list.join(', ')}) as _call`;
	}
	const columns = passed.map((parameter) => `${identifier(parameter.name)} ${parameter.type}`);
	const list = passed.map(
		(parameter) => `${parameter.variadic ? 'variadic ' : ''}${identifier(parameter.name)} := _body.${identifier(parameter.name)}`
	);
	return `select ${shown} from json_to_record(${parameters.add(given.json)}::json) as _body(${columns.join(', ')}), lateral ${name}(${list.join(', ')}) as _call`;
}
