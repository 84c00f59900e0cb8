/** A training run as one HTML file without scripts: curves as SVG, the outcome as a table, the verdict. */
import { formatInteger } from '../../../model/expression';
import { standingEvents } from '../../../protocol/runEvents';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import { describeObstacle, movedText, significant } from './trainProgress';

const width = 760;
const height = 300;
const margin = { left: 64, right: 16, top: 12, bottom: 36 };

/** Told apart also without colour vision (Okabe and Ito's palette). */
const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;

type Baseline = NonNullable<Extract<RunEvent, { type: 'data' }>['baseline']>;

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export function reportHtml(modelName: string, fileName: string, allEvents: readonly RunEvent[]): string {
  const events = standingEvents(allEvents);
  const data = events.find((event) => event.type === 'data');
  const verdict = events.find((event) => event.type === 'verdict');
  const runs = [...new Set(events.filter((event) => event.type === 'run').map(({ cell }) => cell))];
  const title = `${modelName} (${fileName})`;
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    data === undefined
      ? ''
      : `<p>${escapeHtml(data.description)}: ${formatInteger(data.trainingSequences)} sequences to train on, ${formatInteger(data.heldOutSequences)} held out.</p>`,
    verdict === undefined ? whyNoVerdict(events) : `<p><strong>${escapeHtml(verdict.statement)}</strong></p>`,
    `<h2>Training loss</h2>${chart(
      curvesOf(events, runs, ({ loss }) => loss),
      null,
    )}`,
    `<h2>Held-out loss</h2>${chart(
      curvesOf(events, runs, ({ heldOutLoss }) => heldOutLoss),
      data?.baseline ?? null,
    )}`,
    outcomeTable(events),
    ...events.flatMap((event) => (event.type === 'moved' ? [`<p>${escapeHtml(movedText(event))}</p>`] : [])),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: ${width}px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-bottom: 0.2rem; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #555; }
table { border-collapse: collapse; margin-top: 1.5rem; } th, td { padding: 0.25rem 0.9rem 0.25rem 0; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
</style>
${body.filter((part) => part !== '').join('\n')}
</html>
`;
}

function whyNoVerdict(events: readonly RunEvent[]): string {
  const reasons = events.flatMap((event) =>
    event.type === 'failed' ? [event.message] : event.type === 'rejected' ? event.obstacles.map(describeObstacle) : [],
  );
  return `<p>The run did not reach a verdict.</p>${reasons.map((reason) => `<p>${escapeHtml(reason)}</p>`).join('')}`;
}

type StepEvent = Extract<RunEvent, { type: 'step' }>;

function curvesOf(
  events: readonly RunEvent[],
  runs: readonly Variant[],
  select: (event: StepEvent) => number | null,
): readonly Curve[] {
  return runs.map((cell, index) => ({
    name: cell.toUpperCase(),
    colour: colours[index % colours.length] ?? colours[0],
    points: events.flatMap((event): (readonly [number, number])[] => {
      if (event.type !== 'step' || event.cell !== cell) return [];
      const value = select(event);
      return value === null || !Number.isFinite(value) || value <= 0 ? [] : [[event.step, value]];
    }),
  }));
}

/** Loss over steps, the loss on a logarithmic axis; `baseline` is a dashed line for the forecast without a model. */
function chart(curves: readonly Curve[], baseline: Baseline | null): string {
  const values = curves.flatMap(({ points }) => points.map(([, value]) => value));
  if (values.length === 0) return '<p>Nothing was measured.</p>';
  const level = baseline !== null && baseline.loss > 0 ? baseline.loss : null;
  const shown = level === null ? values : [...values, level];
  const low = Math.log10(shown.reduce((a, b) => Math.min(a, b)));
  const high = Math.log10(shown.reduce((a, b) => Math.max(a, b)));
  const span = high - low || 1;
  const lastStep = curves.flatMap(({ points }) => points.map(([step]) => step)).reduce((a, b) => Math.max(a, b), 1);
  const x = (step: number): number => margin.left + (step / lastStep) * (width - margin.left - margin.right);
  const y = (value: number): number =>
    margin.top + ((high - Math.log10(value)) / span) * (height - margin.top - margin.bottom);
  const place = (step: number, value: number): string => `${x(step).toFixed(1)},${y(value).toFixed(1)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => 10 ** (low + part * span));
  const bottom = height - margin.bottom;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Loss over training steps">`,
    ...ticks.map(
      (value) =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#e5e5e5"/>` +
        `<text x="${margin.left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value.toPrecision(3)}</text>`,
    ),
    ...[0, 0.5, 1].map((part) => {
      const step = Math.round(part * lastStep);
      return `<text x="${x(step).toFixed(1)}" y="${bottom + 18}" text-anchor="${part === 1 ? 'end' : 'middle'}">${step}</text>`;
    }),
    level === null
      ? ''
      : `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(level).toFixed(1)}" y2="${y(level).toFixed(1)}" stroke="#888" stroke-dasharray="6 4"/>` +
        `<text x="${margin.left + 4}" y="${(y(level) - 5).toFixed(1)}">${escapeHtml(baseline?.name ?? '')}</text>`,
    ...curves.map(
      ({ points, colour }) =>
        `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.map(([step, value]) => place(step, value)).join(' ')}"/>`,
    ),
    ...curves.map(
      ({ name, colour }, index) =>
        `<text x="${width - margin.right - 4}" y="${margin.top + 14 + index * 16}" text-anchor="end" style="fill:${colour};font-weight:600">${escapeHtml(name)}</text>`,
    ),
    '</svg>',
  ].join('');
}

function outcomeTable(events: readonly RunEvent[]): string {
  const rows = events
    .filter((event) => event.type === 'done')
    .map((event) => {
      const cells = [
        event.cell.toUpperCase(),
        formatInteger(event.parameters),
        formatInteger(event.steps),
        significant(event.bestHeldOutLoss),
        significant(event.bestMetric),
        event.seconds.toFixed(1),
      ];
      return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
    });
  const data = events.find((event) => event.type === 'data');
  const titles = [
    'Variant',
    'Parameters',
    'Steps',
    'Best held-out loss',
    data === undefined ? 'Metric' : `Best ${data.metric.name}`,
    'Seconds',
  ];
  return rows.length === 0
    ? ''
    : `<table><tr>${titles.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
