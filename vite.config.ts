import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig({
	plugins: [tailwindcss(), sveltekit()],
	// As modules, workers can load their heavy parts (the workbook reader) when a file needs them.
	worker: { format: 'es' },
	// Published as folders without an exports map, which Node does not resolve: it goes into the server's bundle instead.
	ssr: { noExternal: ['@atlaskit/pragmatic-drag-and-drop'] },
	server: { host: '127.0.0.1' },
	preview: { host: '127.0.0.1' }
});
