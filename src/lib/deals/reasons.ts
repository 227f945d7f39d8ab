/** Reasons one click away when a deal is closed; any other can be typed. */
export const usualReasons = {
	won: ['Best fit', 'Price', 'Relationship', 'Speed'],
	lost: ['Price', 'Chose a competitor', 'No budget', 'No decision', 'Missing feature']
} as const;
