import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';

/** Who may import whom: routes → lib/<domain> → lib/records → lib/{ui,live}; the app and the embedded platform never meet. */
const walls = [
	{ target: './src', from: './embedded', message: 'The app knows Supabase by its URL and keys only.' },
	{ target: './embedded', from: './src', message: 'The embedded platform knows nothing of the app.' },
	{ target: './src/lib', from: './src/routes' },
	{
		target: ['./src/lib/ui', './src/lib/live'],
		from: './src/lib',
		except: ['./ui', './live'],
		message: 'ui and live know no CRM word.'
	}
];

export default ts.config(
	{
		ignores: ['build/', '.svelte-kit/', '.embedded/', 'node_modules/', 'src/lib/database.types.ts', 'test-results/', 'playwright-report/']
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		plugins: { 'import-x': importX },
		settings: {
			'import-x/extensions': ['.ts', '.js', '.mjs', '.svelte'],
			'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], 'svelte-eslint-parser': ['.svelte'] },
			'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })]
		},
		rules: {
			// TypeScript itself reports undefined names; the rule knows no types and is wrong about them.
			'no-undef': 'off',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
			// Links inside one workspace are built from its slug; the app is always served at the root path.
			'svelte/no-navigation-without-resolve': 'off',
			'import-x/no-cycle': 'error',
			'import-x/no-restricted-paths': ['error', { zones: walls }]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } }
	}
);
