/** The costs page: shows what a model costs, and sends "copy", "count again" and "open" to the extension. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-radio/index.js';
import '@vscode-elements/elements/dist/vscode-radio-group/index.js';
import { render } from 'lit';
import type { CostReport } from '../../../protocol/costs';
import type { FromCosts, ToCosts } from '../../../protocol/panel';
import '../common/common.css';
import { connectToHost } from '../common/host';
import './costs.css';
import type { Measure } from './measures';
import { costsView } from './view';

/** What the editor keeps of the page, so that it shows itself at once when it comes back. */
interface KeptState {
  readonly report: CostReport | null;
  readonly measure: Measure;
}
const keptStateVersion = 2;

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no root element.');

let state: KeptState = { report: null, measure: 'parameters' };
const host = connectToHost<ToCosts, FromCosts, KeptState>(keptStateVersion, ({ report }) => change({ report }));

function change(changes: Partial<KeptState>): void {
  state = { ...state, ...changes };
  host.save(state);
  draw();
}

function draw(): void {
  const { report, measure } = state;
  if (root === null || report === null) return;
  render(costsView(report, measure, { post: host.post, measureBy: (chosen) => change({ measure: chosen }) }), root);
}

state = host.restore() ?? state;
draw();
host.post({ type: 'ready' });
