import type { Section } from './section.ts';
import type { FunctionSettings, FunctionsSettings, Settings } from './types.ts';

const units: Record<string, number> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** Bytes of a size such as "50MiB" or "50MB": both count in 1,024s, as the CLI reads them (docker/go-units RAMInBytes). Null for what is none. */
export function parseSize(text: string): number | null {
	const [, number, unit] = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
	const power = units[(unit ?? '').toLowerCase()];
	return number === undefined || power === undefined ? null : Math.floor(Number(number) * 1024 ** power);
}

/** Reads `[storage]`. */
export function readStorage(file: Section): Settings['storage'] {
	const storage = file.section('storage');
	const fileSizeLimit = parseSize(storage.text('file_size_limit', '50MiB'));
	if (fileSizeLimit === null) throw storage.refuse('file_size_limit', 'must be a size such as "50MiB".');
	return { fileSizeLimit };
}

/** Reads `[edge_runtime]` and `[functions.<name>]`. */
export function readFunctions(file: Section): FunctionsSettings {
	const functions = file.section('functions');
	const named = new Map(
		functions.keys.map((name) => {
			const section = functions.section(name);
			section.allowOnly(['enabled', 'verify_jwt', 'entrypoint', 'import_map']);
			// The CLI writes this into the part of every new function; Deno finds that file by itself.
			const ownMap = `./functions/${name}/deno.json`;
			if (section.text('import_map', ownMap) !== ownMap) throw section.refuse('import_map', `can only be "${ownMap}".`);
			const entrypoint = section.text('entrypoint', '');
			const settings = {
				enabled: section.flag('enabled', true),
				verifyJwt: section.flag('verify_jwt', true),
				...(entrypoint ? { entrypoint } : {})
			};
			return [name, settings] as const;
		})
	);
	return { enabled: file.section('edge_runtime').flag('enabled', true), named };
}

/** What holds for a function that the file does not name: it is enabled, and asks for a token. */
const unnamed: FunctionSettings = { enabled: true, verifyJwt: true };

/** What holds for one function. */
export const functionSettings = ({ named }: FunctionsSettings, name: string): FunctionSettings => named.get(name) ?? unnamed;
