/** The editor's window as a person uses it: files, text, hovers, fixes, commands, and the pages of the extension. */
import { mkdir } from 'node:fs/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { inProject } from '../../scripts/lib/project.mjs';
import type { EmbeddedEditor } from '../support/embeddedEditor';

const artifactFolder = inProject('test', 'artifacts');
/** How long the editor may take for anything: it shares few cores with the browser and the language server. */
const deadlineMs = 45_000;
/** How long an action may take to show before it is done anew. */
const patienceMs = 3_000;

export class Workbench {
  private constructor(readonly page: Page) {}

  /** @param inEveryFrame is run before any script of the editor or of its pages */
  static async open(editor: EmbeddedEditor, inEveryFrame?: () => void): Promise<Workbench> {
    const context = await editor.browser.newContext({ viewport: { width: 1500, height: 900 } });
    if (inEveryFrame !== undefined) await context.addInitScript(inEveryFrame);
    const page = await context.newPage();
    page.setDefaultTimeout(deadlineMs);
    await page.goto(editor.address);
    await page.locator('.explorer-viewlet .monaco-list-row').first().waitFor();
    return new Workbench(page);
  }

  /** Opens a file of the workspace through Quick Open and gives its editor's text area the focus. */
  async openFile(name: string): Promise<void> {
    await this.quickOpen(name);
    await this.text().first().waitFor();
  }

  /** Opens a notebook, whose cells are shown in a layer of their own. */
  async openNotebook(name: string): Promise<void> {
    await this.quickOpen(name);
    await this.cellText().first().waitFor();
  }

  private async quickOpen(name: string): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+P');
    await this.quickInput().fill(name);
    await this.acceptQuickInput(name);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput().fill(`>${title}`);
    await this.acceptQuickInput(title);
  }

  /** Takes the entry of the list that is open once the selected one has a text: the list follows the typing late. */
  private async acceptQuickInput(text: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Picks an entry of the list that is open. */
  async pick(label: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  quickInput(): Locator {
    return this.page.locator('.quick-input-widget input[type="text"]');
  }

  /** The lines shown by the active group's editor, inlay hints included. */
  text(): Locator {
    return this.page.locator('.editor-group-container .view-lines .view-line');
  }

  private cellText(): Locator {
    return this.page.locator('.notebookOverlay .view-lines .view-line');
  }

  /** The first line shown that contains a text. */
  lineWith(text: string): Locator {
    return firstWith(this.text(), text);
  }

  /** The first line of a notebook's cells that contains a text. */
  cellLineWith(text: string): Locator {
    return firstWith(this.cellText(), text);
  }

  /** The text of a line as a person reads it. */
  async readLine(line: Locator): Promise<string> {
    return plain(await line.innerText());
  }

  codeLenses(): Locator {
    return this.page.locator('.codelens-decoration');
  }

  notifications(): Locator {
    return this.page.locator('.notification-toast .notification-list-item-message');
  }

  /** Puts the cursor into a word of a line. */
  async clickWord(line: Locator, word: string): Promise<void> {
    await line.click({ position: await placeOf(line, word) });
  }

  /** Rests the pointer on a word of a line and gives the text of the hover that appears. */
  async hover(line: Locator, word: string): Promise<string> {
    const hovers = this.page.locator('.monaco-hover:not(.hidden)');
    await untilShown(hovers.locator('.hover-contents').first(), async () => {
      await this.page.mouse.move(0, 0);
      await line.hover({ position: await placeOf(line, word) });
    });
    return plain((await hovers.allInnerTexts()).join('\n'));
  }

  /** The waves under what is underlined: errors, warnings and hints alike. */
  squiggles(): Locator {
    return this.page.locator('.view-overlays [class*="squiggly-"]');
  }

  /** Opens the list of fixes at the cursor, which shows one whose title contains a text. */
  async openFixes(title: string): Promise<void> {
    await untilShown(this.fix(title), () => this.page.keyboard.press('ControlOrMeta+.'));
  }

  /** Takes the listed fix whose title contains a text; `outcome` is what is there afterwards. */
  async takeFix(title: string, outcome: Locator): Promise<void> {
    await untilShown(outcome, async () => {
      if (!(await this.fix(title).isVisible())) await this.openFixes(title);
      await this.fix(title)
        .click({ timeout: patienceMs })
        .catch(() => undefined);
    });
  }

  private fix(title: string): Locator {
    return this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
  }

  /** Saves the file in the first editor group, whose tab gives it the focus: its text may lie under a scroll bar. */
  async save(): Promise<void> {
    const tab = this.page.locator('.tab.active[aria-label*="Editor Group 1"]');
    await untilShown(tab.and(this.page.locator(':not(.dirty)')), async () => {
      await tab.click();
      await this.page.keyboard.press('ControlOrMeta+S');
    });
  }

  /**
   * Loads the window anew by the editor's own command, which first waits until its state is stored: a page that is
   * reloaded by the browser may be gone before the state of its last seconds is.
   */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
  }

  /** The page inside the extension's webview that is shown; a notebook has one of its own. */
  webview(): FrameLocator {
    return this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=unroll.unroll"]')
      .first()
      .frameLocator('#active-frame');
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(artifactFolder, { recursive: true });
    await this.page.screenshot({ path: `${artifactFolder}/${name}.png` });
  }
}

/**
 * Acts, and acts again when what should show does not: a person too rests the pointer or presses the key anew when the
 * text has moved, or a panel has taken the focus, in that very moment.
 */
async function untilShown(outcome: Locator, act: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  do {
    await act();
    await outcome.waitFor({ timeout: patienceMs }).catch(() => undefined);
  } while (!(await outcome.isVisible()) && Date.now() < deadline);
  await outcome.waitFor({ timeout: patienceMs });
}

/**
 * The middle of a word in a line, relative to the line's corner. One element may hold several words, all characters
 * equally wide; colouring may replace the elements while they are measured, so this measures until it holds.
 */
async function placeOf(line: Locator, word: string): Promise<{ x: number; y: number }> {
  const token = line.locator('span', { hasText: word }).last();
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    const [text, box, lineBox] = [await token.innerText(), await token.boundingBox(), await line.boundingBox()];
    const unchanged = (await token.innerText()) === text && text.includes(word);
    if (box === null || lineBox === null || !unchanged) continue;
    const share = (text.indexOf(word) + word.length / 2) / text.length;
    return { x: box.x - lineBox.x + box.width * share, y: lineBox.height / 2 };
  }
  throw new Error(`"${word}" is not to be seen`);
}

/** The first of some lines that contains a text. */
function firstWith(lines: Locator, text: string): Locator {
  // Monaco writes blanks as non-breaking spaces.
  return lines.filter({ hasText: new RegExp(escapeForPattern(text).replaceAll(' ', '\\s')) }).first();
}

export function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll('\u200b', '').trim();
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
