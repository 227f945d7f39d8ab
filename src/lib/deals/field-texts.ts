import type { BoardContext } from './board-context';

/** How a conflict shows values of a deal: names for ids, money and dates for the eye. `rows` are the deals whose links may be named. */
export function fieldTexts(
	{ board, person, today, formats }: BoardContext,
	names: (id: string) => string | undefined
): (name: string, value: unknown) => string {
	return (name, value) => {
		const text = value === null || value === undefined ? '' : String(value);
		if (text === '') return '';
		switch (name) {
			case 'amount':
				return Number.isFinite(Number(text)) ? formats().number(Number(text)) : text;
			case 'stage_id':
				return board.stage(text)?.name ?? 'A stage that is gone';
			case 'owner_id':
				return person(text)?.name ?? 'Former member';
			case 'company_id':
			case 'contact_id':
				return names(text) ?? 'Another one';
			case 'expected_close':
			case 'closed_on':
				return formats().day(text, today());
			default:
				return text;
		}
	};
}
