/** The recommendation as a page: the answer, the ranking with its reasons, and what would change it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FromRecommendation } from '../../../protocol/panel';
import type {
  RankedArchitecture,
  Reason,
  Recommendation,
  RecommendationInputs,
} from '../../../protocol/recommendation';
import { formatBytes, formatCount, formatLargeCount } from '../common/format';

type Post = (message: FromRecommendation) => void;

export function recommendationView(recommendation: Recommendation, post: Post): TemplateResult {
  return html`
    <main>
      <header class="page-header">
        <div>
          <h1>${recommendation.modelName}</h1>
          <span class="subtitle">Which architecture fits</span>
        </div>
        <vscode-button icon="graph-line" @click=${() => post({ type: 'compare' })}>Compare by training</vscode-button>
      </header>
      <p class="summary">${recommendation.summary}</p>
      <p class="decided">Decided by: ${recommendation.decidedBy}</p>
      <dl class="inputs">
        ${inputFigures(recommendation.inputs).map(
          ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
        )}
      </dl>
      ${rankingView(recommendation.ranking, post)}
      ${listView('What would change the answer', recommendation.wouldChangeIf)}
      ${listView('Caveats', recommendation.caveats)}
    </main>
  `;
}

/** What the ranking was made from; budgets that nobody set are left out. */
export function inputFigures(inputs: RecommendationInputs): readonly (readonly [string, string])[] {
  const { sequenceLength, sequenceLengthSource } = inputs;
  const length =
    sequenceLength === null
      ? `unknown (${sequenceLengthSource})`
      : `${formatCount(sequenceLength)} steps (${sequenceLengthSource})`;
  const budgets: readonly (readonly [string, number | null, string])[] = [
    ['Parameters at most', inputs.maxParameters, ''],
    ['Memory at most', inputs.maxMemoryMegabytes, ' MB'],
    ['Latency at most', inputs.maxLatencyMs, ' ms'],
  ];
  return [
    ['Sequence length', length],
    ['Task', inputs.task],
    ['Use', inputs.streaming ? 'streaming: no look ahead' : 'whole sequences'],
    ...budgets.flatMap(([name, limit, unit]): [string, string][] =>
      limit === null ? [] : [[name, `${limit.toLocaleString('en-US')}${unit}`]],
    ),
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

function rankingView(ranking: readonly RankedArchitecture[], post: Post): TemplateResult {
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
          <th role="columnheader" scope="col">Fits</th>
          <th role="columnheader" scope="col"><span class="unseen">Apply</span></th>
        </tr>
      </thead>
      ${ranking.map((entry, index) => entryView(entry, places[index] ?? '', ranking[index - 1], post))}
    </table>
  `;
}

function entryView(
  entry: RankedArchitecture,
  place: string,
  previous: RankedArchitecture | undefined,
  post: Post,
): TemplateResult {
  const { change } = entry;
  return html`
    <tbody role="rowgroup" class=${entry.fits ? 'entry' : 'entry unfit'}>
      <tr role="row">
        <td role="cell" class="place">${place}</td>
        <th role="rowheader" scope="row" class="name">
          ${entry.label} ${entry.isCurrent ? html`<vscode-badge>in the file</vscode-badge>` : nothing}
        </th>
        <td role="cell" class="number" data-label="Width">${formatCount(entry.width)}</td>
        <td role="cell" class="number" data-label="Parameters">${formatCount(entry.parameters)}</td>
        <td role="cell" class="number" data-label="MACs / sequence" title=${formatCount(entry.macs)}>
          ${formatLargeCount(entry.macs)}
        </td>
        <td role="cell" class="number" data-label="Memory">${formatBytes(entry.weightBytes)}</td>
        <td role="cell" class="fits" data-label="Fits">
          <span><vscode-icon name=${entry.fits ? 'pass' : 'circle-slash'}></vscode-icon> ${entry.fits ? 'yes' : 'no'}</span>
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
        <td role="cell" colspan="8">
          <ul class="reasons">
            ${
              entry.tiesWithPrevious && previous !== undefined
                ? html`<li><vscode-icon name="dash"></vscode-icon><span>As good as ${previous.label}, as far as anyone can tell without measuring.</span></li>`
                : nothing
            }
            ${entry.reasons.map(reasonView)}
          </ul>
        </td>
      </tr>
    </tbody>
  `;
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
