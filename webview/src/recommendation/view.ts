/** The recommendation as a page: the answer, the ranking with its reasons, and what would change it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FromRecommendation } from '../../../protocol/panel';
import type {
  RankedArchitecture,
  Reason,
  Recommendation,
  RecommendationChoices,
  RecommendationInputs,
} from '../../../protocol/recommendation';
import { formatBytes, formatCount, formatLargeCount, noValue } from '../common/format';
import { type Choose, controlsView } from './controlsView';

type Post = (message: FromRecommendation) => void;

export interface RecommendationActions {
  readonly post: Post;
  readonly choose: Choose;
}

/** `refusal` says why the choices make no ranking, where the one shown is of earlier ones. */
export function recommendationView(
  recommendation: Recommendation,
  choices: RecommendationChoices,
  refusal: string | null,
  { post, choose }: RecommendationActions,
): TemplateResult {
  return html`
    <main>
      <header class="page-header">
        <div>
          <h1>${recommendation.modelName}</h1>
          <span class="subtitle">Which architecture fits</span>
        </div>
        <vscode-button icon="graph-line" @click=${() => post({ type: 'compare' })}>Compare by training</vscode-button>
      </header>
      ${controlsView(recommendation, choices, choose)}
      ${refusal === null ? nothing : html`<p class="message" role="alert"><vscode-icon name="error"></vscode-icon><span>${refusal} The ranking below is that of the choices before.</span></p>`}
      <p class="summary" aria-live="polite">${recommendation.summary}</p>
      <p class="decided">Decided by ${recommendation.decidedBy}</p>
      <dl class="inputs">
        ${inputFigures(recommendation.inputs).map(
          ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
        )}
      </dl>
      ${rankingView(recommendation, post)}
      ${listView('What would change the answer', recommendation.wouldChangeIf)}
      ${
        recommendation.alternatives.length === 0
          ? nothing
          : html`
              <section class="list">
                <h2>What may serve better than any of these</h2>
                <ul>
                  ${recommendation.alternatives.map(({ text, source }) => html`<li>${text} <cite>${source}</cite></li>`)}
                </ul>
              </section>
            `
      }
      ${listView('Missing', recommendation.caveats)}
      ${listView('What this rests on', recommendation.basis)}
    </main>
  `;
}

/** What the ranking was made from, and where that comes from; what nobody knows says so. */
export function inputFigures(inputs: RecommendationInputs): readonly (readonly [string, string])[] {
  const { sequenceLength, sequenceLengthSource, task, taskSource, sequences, sequencesSource, device } = inputs;
  const { streaming, streamingSource } = inputs;
  const length =
    sequenceLength === null
      ? `unknown (${sequenceLengthSource})`
      : `${formatCount(sequenceLength)} ${sequenceLength === 1 ? 'step' : 'steps'} (${sequenceLengthSource})`;
  return [
    ['Sequence length', length],
    ['Task', `${task} (${taskSource})`],
    ...(sequences === null ? [] : [['Training sequences', `${formatCount(sequences)} (${sequencesSource})`] as const]),
    ...(streaming ? [['Streaming', streamingSource] as const] : []),
    ...(device === null ? [] : [['Times for', device.label] as const]),
  ];
}

/** Places of a ranking: those that tie share a number, which "=" marks. */
export function placeLabels(ranking: readonly Pick<RankedArchitecture, 'tiesWithPrevious'>[]): readonly string[] {
  let place = 0;
  return ranking.map((entry, index) => {
    const isTied = index > 0 && entry.tiesWithPrevious;
    if (!isTied) place = index + 1;
    return isTied || ranking[index + 1]?.tiesWithPrevious === true ? `${place}=` : `${place}`;
  });
}

function rankingView({ ranking, inputs }: Recommendation, post: Post): TemplateResult {
  const withTimes = inputs.device !== null;
  const places = placeLabels(ranking);
  return html`
    <table role="table" aria-label="Architectures in order of fit">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Rank</th>
          <th role="columnheader" scope="col">Architecture</th>
          <th role="columnheader" scope="col" class="number">Width</th>
          <th role="columnheader" scope="col" class="number">Parameters</th>
          <th role="columnheader" scope="col" class="number">MACs / sequence</th>
          <th role="columnheader" scope="col" class="number" title="The weights, in 32-bit floats">Memory</th>
          ${withTimes ? html`<th role="columnheader" scope="col" class="number" title="Predicted; the interval is where it is expected to be">${inputs.streaming ? 'Time / step' : 'Time / answer'}</th>` : nothing}
          <th role="columnheader" scope="col">Fits</th>
          <th role="columnheader" scope="col"><span class="unseen">Apply</span></th>
        </tr>
      </thead>
      ${ranking.map((entry, index) => entryView(entry, places[index] ?? '', ranking[index - 1], withTimes, post))}
    </table>
  `;
}

function entryView(
  entry: RankedArchitecture,
  place: string,
  previous: RankedArchitecture | undefined,
  withTimes: boolean,
  post: Post,
): TemplateResult {
  const { change, latency } = entry;
  const fit = fitLabels[!entry.fits ? 'no' : latency?.keepsLimit === 'maybe' ? 'maybe' : 'yes'];
  return html`
    <tbody role="rowgroup" class=${entry.fits ? 'entry' : 'entry unfit'}>
      <tr role="row">
        <td role="cell" class="place">${place}</td>
        <th role="rowheader" scope="row" class="name">
          ${entry.label} ${inFileBadge(entry)}
        </th>
        <td role="cell" class="number" data-label="Width">${formatCount(entry.width)}</td>
        <td role="cell" class="number" data-label="Parameters">${formatCount(entry.parameters)}</td>
        <td role="cell" class="number" data-label="MACs / sequence" title=${formatCount(entry.macs)}>
          ${formatLargeCount(entry.macs)}
        </td>
        <td role="cell" class="number" data-label="Memory">${formatBytes(entry.weightBytes)}</td>
        ${
          withTimes
            ? html`
                <td role="cell" class="number latency" data-label="Time" title=${latency?.because ?? 'not predicted'}>
                  ${latencyText(latency)}
                </td>
              `
            : nothing
        }
        <td role="cell" class="fits" data-label="Fits">
          <span class=${fit.text}><vscode-icon name=${fit.icon}></vscode-icon> ${fit.text}</span>
        </td>
        <td role="cell" class="action">
          ${
            change !== null && entry.fits
              ? html`
                  <vscode-button
                    secondary
                    aria-label=${`Apply ${entry.label}`}
                    title=${`Change the model in the editor to ${entry.label}`}
                    @click=${() => post({ type: 'apply', change })}
                    >Apply</vscode-button
                  >
                `
              : nothing
          }
        </td>
      </tr>
      <tr role="row" class="detail">
        <td role="cell" colspan=${withTimes ? 9 : 8}>
          <p class="decided">Decided by ${entry.decidedBy}</p>
          <ul class="reasons">
            ${
              entry.tiesWithPrevious && previous !== undefined
                ? html`<li><vscode-icon name="dash"></vscode-icon><span>As good as ${previous.label}, ${entry.measured === null ? 'as far as anyone can tell without measuring' : 'within the noise of what was measured'}.</span></li>`
                : nothing
            }
            ${entry.reasons.map(reasonView)}
          </ul>
        </td>
      </tr>
    </tbody>
  `;
}

function inFileBadge({ isCurrent, widthInFile }: RankedArchitecture): TemplateResult | typeof nothing {
  if (!isCurrent && widthInFile === null) return nothing;
  return html`<vscode-badge>${isCurrent ? 'in the file' : `in the file with ${formatCount(widthInFile)} units`}</vscode-badge>`;
}

const fitLabels = {
  yes: { icon: 'pass', text: 'yes' },
  maybe: { icon: 'question', text: 'maybe' },
  no: { icon: 'circle-slash', text: 'no' },
} as const;

/** `3.1 ms (1.1–9.3)`: an estimate with its interval. */
export function latencyText(latency: RankedArchitecture['latency']): string {
  if (latency === null) return noValue;
  const digits = (value: number): string => String(Number(value.toPrecision(2)));
  return `${digits(latency.milliseconds)} ms (${digits(latency.low)}–${digits(latency.high)})`;
}

const weights: Readonly<Record<Reason['weighs'], { readonly icon: string; readonly label: string }>> = {
  for: { icon: 'add', label: 'For' },
  against: { icon: 'remove', label: 'Against' },
  excludes: { icon: 'circle-slash', label: 'Excludes it' },
};

function reasonView(reason: Reason): TemplateResult {
  const { icon, label } = weights[reason.weighs];
  return html`
    <li class=${reason.weighs} title=${label}>
      <vscode-icon name=${icon}></vscode-icon>
      <span>
        <span class="unseen">${label}: </span>${reason.text}
        ${reason.source === null ? nothing : html`<cite>${reason.source}</cite>`}
      </span>
    </li>
  `;
}

function listView(title: string, items: readonly string[]): TemplateResult | typeof nothing {
  if (items.length === 0) return nothing;
  return html`
    <section class="list">
      <h2>${title}</h2>
      <ul>${items.map((item) => html`<li>${item}</li>`)}</ul>
    </section>
  `;
}
