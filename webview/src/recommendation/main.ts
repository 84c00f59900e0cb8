/** The recommendation page: shows the ranking, has it made again while budgets change, and sends "apply" and "compare". */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import { render } from 'lit';
import type { FromRecommendation, ToRecommendation } from '../../../protocol/panel';
import type { Recommendation, RecommendationChoices } from '../../../protocol/recommendation';
import '../common/common.css';
import { connectToHost } from '../common/host';
import './recommendation.css';
import { recommendationView } from './view';

/** What the editor keeps of the page, so that it shows itself at once when it comes back. */
interface KeptState {
  readonly recommendation: Recommendation | null;
  /** As the controls stand, which may be ahead of the ranking. */
  readonly choices: RecommendationChoices | null;
  /** Why the choices make no ranking; the one shown is of earlier ones. */
  readonly refusal: string | null;
}

const keptStateVersion = 4;

/** A slider moves many times a second; what it passes quickly is not asked for. */
const pauseMs = 30;

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no root element.');

let state: KeptState = { recommendation: null, choices: null, refusal: null };
let pause: ReturnType<typeof setTimeout> | undefined;
/** Rankings asked for and not answered; one at a time, so that none piles up behind a slow one. */
let waiting = false;

const host = connectToHost<ToRecommendation, FromRecommendation, KeptState>(keptStateVersion, (message) => {
  const isCurrent = pause === undefined;
  waiting = false;
  if (message.type === 'refused') change({ refusal: message.message });
  else {
    const { recommendation } = message;
    change({ recommendation, refusal: null, ...(isCurrent ? { choices: recommendation.choices } : {}) });
  }
});

function choose(changes: Partial<RecommendationChoices>): void {
  if (state.choices === null) return;
  change({ choices: { ...state.choices, ...changes } });
  clearTimeout(pause);
  pause = setTimeout(ask, pauseMs);
}

function ask(): void {
  if (waiting) {
    pause = setTimeout(ask, pauseMs);
    return;
  }
  pause = undefined;
  if (state.choices === null) return;
  waiting = true;
  host.post({ type: 'rank', choices: state.choices });
}

function change(changes: Partial<KeptState>): void {
  state = { ...state, ...changes };
  host.save(state);
  draw();
}

function draw(): void {
  const { recommendation, choices, refusal } = state;
  if (root === null || recommendation === null || choices === null) return;
  render(recommendationView(recommendation, choices, refusal, { post: host.post, choose }), root);
}

state = host.restore() ?? state;
draw();
host.post({ type: 'ready' });
