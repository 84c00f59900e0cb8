/** The recommendation page: shows the ranking of architectures, and sends "apply" and "compare" to the extension. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import { render } from 'lit';
import type { FromRecommendation, ToRecommendation } from '../../../protocol/panel';
import type { Recommendation } from '../../../protocol/recommendation';
import '../common/common.css';
import { connectToHost } from '../common/host';
import './recommendation.css';
import { recommendationView } from './view';

const keptStateVersion = 2;

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no root element.');

const host = connectToHost<ToRecommendation, FromRecommendation, Recommendation>(keptStateVersion, (message) => {
  host.save(message.recommendation);
  show(message.recommendation);
});

function show(recommendation: Recommendation): void {
  if (root !== null) render(recommendationView(recommendation, host.post), root);
}

const kept = host.restore();
if (kept !== undefined) show(kept);
host.post({ type: 'ready' });
