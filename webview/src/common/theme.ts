/** The editor's colours for what style sheets cannot reach: canvases read them here and redraw when the theme changes. */

/** The value of a CSS custom property on the page, as a colour that a canvas understands. */
export function themeColour(property: `--${string}`): string {
  return getComputedStyle(document.body).getPropertyValue(property).trim();
}

/** In high contrast, lines differ by their dashes as well as by their colour. */
export function isHighContrast(): boolean {
  const { classList } = document.body;
  return classList.contains('vscode-high-contrast') || classList.contains('vscode-high-contrast-light');
}

/** The editor announces a theme by the class of `body` and the variables in the style of `html`. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}
