/**
 * How often a measure of one kind is larger than one of the other: 0.5 when it tells nothing, 0 or 1 when it tells all (the area under the ROC curve,
 * from the Mann–Whitney statistic). It asks for order only, so that a slow moment of the machine weighs as one value and not as its size.
 */
export function separability(some: readonly number[], others: readonly number[]): number {
	const ranked = [...some.map((value) => ({ value, isSome: true })), ...others.map((value) => ({ value, isSome: false }))].toSorted(
		(a, b) => a.value - b.value
	);
	let rankSum = 0;
	ranked.forEach(({ isSome }, index) => (rankSum += isSome ? index + 1 : 0));
	return (rankSum - (some.length * (some.length + 1)) / 2) / (some.length * others.length);
}

/** The middle of some values. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
