/** An amount as its author typed it → the text the server takes: "12,500.50", "12.500,50" and "12 500.5" → "12500.50"-like. Null when empty, undefined when unreadable. */
export function readAmount(typed: string): string | null | undefined {
	const text = typed.replace(/[\s'’_]/g, '');
	if (text === '') return null;
	const plain = withDecimalPoint(text);
	return plain !== undefined && /^\d{1,13}(\.\d{1,2})?$/.test(plain) ? plain : undefined;
}

/** Decides which of comma and point groups thousands: the last of two different ones is the decimal sign, and so is a single one with other than three digits after it. */
function withDecimalPoint(text: string): string | undefined {
	const comma = text.lastIndexOf(',');
	const point = text.lastIndexOf('.');
	const last = Math.max(comma, point);
	if (last < 0) return text;
	const [sign, other] = comma > point ? [',', '.'] : ['.', ','];
	const groups = text.slice(0, last);
	const rest = text.slice(last + 1);
	const repeated = groups.includes(sign);
	if (repeated || (rest.length === 3 && !groups.includes(other))) return grouped(text, sign);
	const whole = groups.includes(other) ? grouped(groups, other) : groups;
	return whole === undefined ? undefined : `${whole}.${rest}`;
}

/** "1,234,567" → "1234567"; undefined when the groups are not of three. */
function grouped(text: string, sign: string): string | undefined {
	const [first = '', ...groups] = text.split(sign);
	return first.length <= 3 && groups.every((group) => group.length === 3) ? first + groups.join('') : undefined;
}

/** An amount as the form shows it: whole, or with two decimals. */
export function writeAmount(amount: number | null): string {
	if (amount === null) return '';
	return Number.isInteger(amount) ? String(amount) : amount.toFixed(2);
}
