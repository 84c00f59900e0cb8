/** The charts of a run: which there are, what each shows, and their shared highlight. */
import type { Variant } from '../../../protocol/trainer';
import { gradientReachLines, heldOutLossLines, metricLines, trainingLossLines } from './chartData';
import { type ChartContent, LineChart } from './lineChart';
import type { ChartSettings } from './settings';
import type { PreviewState } from './state';

type ChartName = 'training' | 'heldOutLoss' | 'metric' | 'gradientReach';

/** Charts over the course of the training share a crosshair; lags are another axis. */
const trainingGroup = 'training';
const descriptions: Readonly<Record<ChartName, { readonly explanation: string; readonly crosshairGroup: string }>> = {
  training: { explanation: '', crosshairGroup: trainingGroup },
  heldOutLoss: { explanation: '', crosshairGroup: trainingGroup },
  metric: { explanation: '', crosshairGroup: trainingGroup },
  gradientReach: {
    explanation:
      'Norm of the loss gradient at the hidden state that many steps before the end: where it has faded, nothing is learned.',
    crosshairGroup: 'lag',
  },
};

export class ChartsView {
  private readonly charts = new Map<ChartName, { readonly chart: LineChart; readonly section: HTMLElement }>();

  constructor(private readonly host: HTMLElement) {}

  show(state: PreviewState, settings: ChartSettings): void {
    for (const [name, content] of chartContents(state, settings)) {
      if (content === null) this.remove(name);
      else this.chart(name).show(content);
    }
  }

  highlight(variant: Variant | null): void {
    for (const { chart } of this.charts.values()) chart.highlight(variant);
  }

  changeTheme(): void {
    for (const { chart } of this.charts.values()) chart.build();
  }

  private chart(name: ChartName): LineChart {
    const existing = this.charts.get(name);
    if (existing !== undefined) return existing.chart;
    const section = document.createElement('section');
    section.id = `chart-${name}`;
    this.host.append(section);
    const chart = new LineChart(section, descriptions[name]);
    this.charts.set(name, { chart, section });
    return chart;
  }

  private remove(name: ChartName): void {
    const existing = this.charts.get(name);
    existing?.chart.destroy();
    existing?.section.remove();
    this.charts.delete(name);
  }
}

/** In the order of the page; null for a chart that has no place in this run. */
function chartContents(
  state: PreviewState,
  settings: ChartSettings,
): readonly (readonly [ChartName, ChartContent | null])[] {
  if (state.runs.length === 0)
    return [
      ['training', null],
      ['heldOutLoss', null],
      ['metric', null],
      ['gradientReach', null],
    ];
  const baseline = state.data?.baseline ?? null;
  const common = {
    horizontal: settings.xAxis,
    logarithmicX: settings.logarithmicX,
    logarithmicY: settings.logarithmicLoss,
    expectedEnd:
      state.status === 'running' && settings.xAxis === 'step'
        ? Math.max(...state.runs.map((run) => run.plannedSteps))
        : null,
    reference: null,
  };
  const reach = gradientReachLines(state, settings);
  const hasReach = state.runs.some((run) => run.gradientReach !== null);
  return [
    ['training', { ...common, title: 'Training loss', lines: trainingLossLines(state, settings) }],
    [
      'heldOutLoss',
      {
        ...common,
        title: 'Held-out loss',
        lines: heldOutLossLines(state, settings),
        reference: baseline && { value: baseline.loss, label: baseline.name },
      },
    ],
    [
      'metric',
      state.data === null
        ? null
        : {
            ...common,
            title: `Held-out ${state.data.metric.name}`,
            lines: metricLines(state, settings),
            reference: baseline && { value: baseline.metric, label: baseline.name },
          },
    ],
    [
      'gradientReach',
      hasReach
        ? {
            title: 'Gradient reach',
            lines: reach,
            horizontal: 'lag',
            logarithmicX: false,
            logarithmicY: true,
            expectedEnd: null,
            reference: null,
          }
        : null,
    ],
  ];
}
