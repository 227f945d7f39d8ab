import { createContext } from 'svelte';
import { formatsOf, type Formats, type Formatting } from './format';

const [getFormats, setFormats] = createContext<() => Formats>();

/** The formats of the member who looks, for components below the layout that provided them; a function, so that it stays current. */
export { getFormats };

/** Makes the formats of the member who looks for everything below the calling layout. */
export function provideFormats(formatting: () => Formatting): void {
	const formats = $derived(formatsOf(formatting()));
	setFormats(() => formats);
}
