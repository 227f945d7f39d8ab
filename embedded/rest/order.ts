import { Reader } from './reader.ts';
import { readField } from './select-list.ts';
import type { Field } from './select-list.ts';

export type OrderTerm = {
	field: Field;
	/** Name of an embedded to-one relation whose field it is. */
	relation: string | undefined;
	direction: 'asc' | 'desc' | undefined;
	nulls: 'first' | 'last' | undefined;
};

/** Reads the `order` parameter, for example `rank.asc,companies(name).desc.nullslast`. */
export function readOrder(text: string): OrderTerm[] {
	const reader = new Reader(text, 'order');
	const terms: OrderTerm[] = [];
	do {
		reader.match(/\s*/y);
		let field = readField(reader);
		let relation: string | undefined;
		if (field.path.length === 0 && reader.take('(')) {
			relation = field.name;
			field = readField(reader);
			reader.expect(')');
		}
		let direction: 'asc' | 'desc' | undefined;
		let nulls: 'first' | 'last' | undefined;
		if (reader.take('.asc')) direction = 'asc';
		else if (reader.take('.desc')) direction = 'desc';
		if (reader.take('.nullsfirst')) nulls = 'first';
		else if (reader.take('.nullslast')) nulls = 'last';
		terms.push({ field, relation, direction, nulls });
	} while (reader.take(','));
	if (!reader.done) throw reader.error('delimiter (.), "," or end of input');
	return terms;
}
