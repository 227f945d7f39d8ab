import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: {
		runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true)
	},
	kit: {
		adapter: adapter({ precompress: true }),
		typescript: {
			config: (config) => {
				// tests/ and scripts/ run in Node, not in Vite: tsconfig.node.json checks them.
				config.include = config.include.filter((/** @type {string} */ path) => !path.includes('/tests/'));
				return config;
			}
		},
		csp: {
			mode: 'auto',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				// Svelte sets style attributes for measured geometry (windowed columns, drag previews).
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'worker-src': ['self', 'blob:'],
				'object-src': ['none'],
				'base-uri': ['self'],
				'form-action': ['self'],
				'frame-ancestors': ['none']
				// connect-src names the realtime server, known only at run time: hooks.server.ts adds it.
			}
		}
	}
};
