/** A map of the data: a plain object. Anything else that is an object is refused where it is looked into. */
export type Fields = Record<string, unknown>;

/** What Go would call the kind of a value. Numbers of the data are float64, as Go reads JSON; ints are bigint. */
export type Kind = 'nil' | 'bool' | 'int' | 'float64' | 'string' | 'list' | 'map';

export function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): Kind {
	if (value === null || value === undefined) return 'nil';
	if (typeof value === 'boolean') return 'bool';
	if (typeof value === 'bigint') return 'int';
	if (typeof value === 'number') return 'float64';
	if (typeof value === 'string') return 'string';
	return Array.isArray(value) ? 'list' : 'map';
}

/** Go's truth: everything but its zero value, and nothing that is empty (text/template, "if"). */
export function isTrue(value: unknown): boolean {
	if (Array.isArray(value)) return value.length > 0;
	if (isFields(value)) return Object.keys(value).length > 0;
	return Boolean(value) && !Number.isNaN(value);
}

/** A float64 as Go prints it with %v: with an exponent from a million on and below 0.0001 (strconv, "g", shortest). */
function showFloat(value: number): string {
	if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
	const [digits = '', power = '0'] = value.toExponential().split('e');
	const exponent = Number(power);
	if (value === 0 || (exponent >= -4 && exponent < 6)) return String(value);
	return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** A value as Go's %v prints it. */
export function show(value: unknown): string {
	if (value === null || value === undefined) return '<nil>';
	if (typeof value === 'number') return showFloat(value);
	if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
	if (isFields(value))
		return `map[${sortedKeys(value)
			.map((key) => `${key}:${show(value[key])}`)
			.join(' ')}]`;
	return String(value);
}

/** Keys in Go's order, that of their bytes. */
export function sortedKeys(value: Fields): string[] {
	return Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
