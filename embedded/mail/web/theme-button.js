// @ts-check
import { element, icon } from './dom.js';
import { currentTheme, setTheme } from './theme.js';
/** @import { Theme } from './theme.js' */

/** @type {Record<Theme, { icon: string, label: string, next: Theme }>} */
const themes = {
	system: { icon: 'sun-moon', label: 'Theme: as the system', next: 'light' },
	light: { icon: 'sun', label: 'Theme: light', next: 'dark' },
	dark: { icon: 'moon', label: 'Theme: dark', next: 'system' }
};

/** A button that goes through the themes: system, light, dark. */
export function themeButton() {
	const button = element('button', { type: 'button', class: 'button ghost icon-only' });
	const draw = () => {
		const theme = themes[currentTheme()];
		button.replaceChildren(icon(theme.icon));
		button.ariaLabel = theme.label;
		button.title = theme.label;
	};
	button.addEventListener('click', () => {
		setTheme(themes[currentTheme()].next);
		draw();
	});
	draw();
	return button;
}
