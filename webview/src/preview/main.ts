/** The preview page: shows a training run as it goes, and sends what the person asks for back to the extension. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-radio/index.js';
import '@vscode-elements/elements/dist/vscode-radio-group/index.js';
import { html, render } from 'lit';
import type { FromPreview, PreviewRecord, ToPreview } from '../../../protocol/panel';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import '../common/common.css';
import { connectToHost } from '../common/host';
import { onThemeChange } from '../common/theme';
import { ChartsView } from './chartsView';
import { announcement } from './figures';
import './preview.css';
import { type ChartSettings, initialSettings, toggleHidden } from './settings';
import { foldEvents, type PreviewState, stateOf, withStatus } from './state';
import { remarksView, summaryView } from './summaryView';
import { toolbarView } from './toolbarView';
import { TrainerWorkers } from './trainerWorkers';
import { variantTableView } from './variantTableView';

/** What the editor keeps of the page, so that it shows itself at once when it comes back. */
interface KeptState {
  readonly record: PreviewRecord | null;
  readonly settings: ChartSettings;
}
const keptStateVersion = 1;
/** Keeping a run means serialising all its events; once a second is enough for a page that may vanish. */
const keepIntervalMs = 1000;

class PreviewPage {
  private record: Omit<PreviewRecord, 'events'> | null = null;
  private events: RunEvent[] = [];
  private state: PreviewState | null = null;
  private settings: ChartSettings = initialSettings;
  private drawRequest: number | null = null;
  private keepTimer: number | null = null;
  private readonly host = connectToHost<ToPreview, FromPreview, KeptState>(keptStateVersion, (message) =>
    this.receive(message),
  );
  private readonly trainers = new TrainerWorkers((message) => this.host.post(message));
  private readonly charts: ChartsView;

  constructor(private readonly root: HTMLElement) {
    render(
      html`
        <main>
          <div id="summary"></div>
          <div id="variants"></div>
          <div id="toolbar"></div>
          <div id="charts"></div>
          <div id="remarks"></div>
          <div id="announcements" class="unseen" role="status" aria-live="polite"></div>
        </main>
      `,
      root,
    );
    this.charts = new ChartsView(this.part('charts'));
    onThemeChange(() => this.charts.changeTheme());
    this.followHighlight();
    document.addEventListener('visibilitychange', () => this.keep());
    const kept = this.host.restore();
    if (kept !== undefined) {
      this.settings = kept.settings;
      if (kept.record !== null) this.showRecord(kept.record);
    }
    this.host.post({ type: 'ready' });
  }

  private receive(message: ToPreview): void {
    switch (message.type) {
      case 'show':
        this.showRecord(message.record);
        return;
      case 'events':
        if (this.state === null || message.id !== this.state.id) return;
        this.events.push(...message.events);
        this.update(foldEvents(this.state, message.events));
        return;
      case 'status':
        if (this.state === null || this.record === null || message.id !== this.state.id) return;
        this.record = { ...this.record, status: message.status, failure: message.failure };
        this.update(withStatus(this.state, message.status, message.failure));
        return;
      case 'startTrainer':
      case 'toTrainer':
      case 'endTrainer':
        this.trainers.receive(message);
        return;
      default:
        message satisfies never;
    }
  }

  private showRecord({ events, ...record }: PreviewRecord): void {
    this.record = record;
    this.events = [...events];
    this.update(stateOf({ ...record, events }));
  }

  private update(state: PreviewState): void {
    const sentence = announcement(this.state, state);
    if (sentence !== null) this.part('announcements').textContent = sentence;
    this.state = state;
    this.requestDraw();
    this.keepTimer ??= window.setTimeout(() => this.keep(), keepIntervalMs);
  }

  private changeSettings(settings: ChartSettings): void {
    this.settings = settings;
    this.requestDraw();
    this.keep();
  }

  private keep(): void {
    if (this.keepTimer !== null) clearTimeout(this.keepTimer);
    this.keepTimer = null;
    const record = this.record === null ? null : { ...this.record, events: this.events };
    this.host.save({ record, settings: this.settings });
  }

  private requestDraw(): void {
    this.drawRequest ??= requestAnimationFrame(() => {
      this.drawRequest = null;
      this.draw();
    });
  }

  private draw(): void {
    const { state, settings } = this;
    if (state === null) return;
    const { post } = this.host;
    const toggleVisibility = (variant: Variant): void => this.changeSettings(toggleHidden(this.settings, variant));
    render(summaryView(state, post), this.part('summary'));
    render(variantTableView(state, settings, { post, toggleVisibility }), this.part('variants'));
    this.part('toolbar').hidden = state.runs.length === 0;
    render(
      toolbarView(settings, (changed) => this.changeSettings(changed)),
      this.part('toolbar'),
    );
    this.charts.show(state, settings);
    render(remarksView(state), this.part('remarks'));
  }

  /** Whatever names a variant (a row of the table, a reading of a chart) brings its curves forward while pointed at. */
  private followHighlight(): void {
    const variantAt = (target: EventTarget | null): Variant | null => {
      const named = target instanceof Element ? target.closest<HTMLElement>('[data-variant]') : null;
      return this.state?.runs.find((run) => run.cell === named?.dataset['variant'])?.cell ?? null;
    };
    this.root.addEventListener('pointerover', (event) => this.charts.highlight(variantAt(event.target)));
    this.root.addEventListener('pointerleave', () => this.charts.highlight(null));
    this.root.addEventListener('focusin', (event) => this.charts.highlight(variantAt(event.target)));
    this.root.addEventListener('focusout', () => this.charts.highlight(null));
  }

  private part(id: string): HTMLElement {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`The page has no part "${id}".`);
    return element;
  }
}

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no root element.');
new PreviewPage(root);
