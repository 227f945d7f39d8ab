/** The commands whose label has every typed word at the start of one of its own: "new co" finds "New company". */
export function matchCommands<T extends { label: string }>(commands: readonly T[], query: string): T[] {
	const typed = query.toLowerCase().split(/\s+/).filter(Boolean);
	return commands.filter(({ label }) => {
		const words = label.toLowerCase().split(/\s+/);
		return typed.every((part) => words.some((word) => word.startsWith(part)));
	});
}
