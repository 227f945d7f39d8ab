/** `system` follows the machine. */
export type Theme = 'light' | 'dark' | 'system';

/** The theme in force, as <html> says it. */
export function currentTheme(): Theme {
	const { theme } = document.documentElement.dataset;
	return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Changes the theme at once and keeps it in a cookie, from which the server draws the next page. */
export function setTheme(theme: Theme): void {
	document.documentElement.dataset.theme = theme === 'system' ? '' : theme;
	document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
}
