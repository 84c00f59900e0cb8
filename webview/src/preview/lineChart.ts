/**
 * One chart of a run: a title, the value of every variant under the crosshair, and the lines, drawn by uPlot.
 *
 * All charts with the same `crosshairGroup` share their crosshair. Colours are read at every drawing; what uPlot fixes at
 * construction (scales, dashes, number of lines) makes the chart build itself anew.
 */
import { html, nothing, render } from 'lit';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Variant } from '../../../protocol/trainer';
import { formatDuration, formatLoss, formatTick } from '../common/format';
import { isHighContrast, themeColour } from '../common/theme';
import { variantColourProperty, variantDash, variantLabel } from '../common/variants';
import { type AlignedLines, alignLines, type ChartLine, logarithmicTicks, nearestMeasurement } from './chartData';

export interface ChartDescription {
  /** A sentence on how to read it; empty where the title says all. */
  readonly explanation: string;
  readonly crosshairGroup: string;
}

export interface ChartContent {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly horizontal: 'step' | 'time' | 'lag';
  readonly logarithmicX: boolean;
  readonly logarithmicY: boolean;
  /** Where the x axis is known to end, so that it stands still while lines grow; null lets it follow them. */
  readonly expectedEnd: number | null;
  /** A horizontal line to compare with. */
  readonly reference: { readonly value: number; readonly label: string } | null;
}

const plotHeight = 190;
const axisSize = { x: 24, y: 56 };
const fadedAlpha = { rawLine: 0.35, otherVariant: 0.15 };
/** Distances between ticks of an axis that counts: ascending, never a fraction. */
const wholeIncrements = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((unit) => [unit, 2 * unit, 5 * unit]);

export class LineChart {
  private plot: uPlot | null = null;
  private content: ChartContent | null = null;
  private aligned: AlignedLines = { x: [], y: [] };
  private highlighted: Variant | null = null;
  private isMovedByKey = false;
  private readonly resizing: ResizeObserver;

  constructor(
    private readonly section: HTMLElement,
    private readonly description: ChartDescription,
  ) {
    section.classList.add('chart');
    this.resizing = new ResizeObserver(() => this.fitWidth());
    this.resizing.observe(section);
  }

  show(content: ChartContent): void {
    const canKeepPlot = this.content !== null && constructionKey(this.content) === constructionKey(content);
    this.content = content;
    this.aligned = alignLines(content.lines);
    // The plot is built into an element of the text.
    if (this.plot === null) this.renderText();
    if (this.plot !== null && canKeepPlot) this.plot.setData([this.aligned.x, ...this.aligned.y]);
    else this.build();
    this.renderText();
  }

  /** Brings one variant forward by fading the others; null shows all alike. */
  highlight(variant: Variant | null): void {
    if (this.highlighted === variant) return;
    this.highlighted = variant;
    this.applyHighlight();
    this.plot?.redraw(false, false);
  }

  /** After a change of theme. */
  build(): void {
    const { content } = this;
    const host = this.section.querySelector<HTMLElement>('.plot');
    if (content === null || host === null) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(content, host.clientWidth), [this.aligned.x, ...this.aligned.y], host);
    this.applyHighlight();
  }

  destroy(): void {
    this.resizing.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  private fitWidth(): void {
    const width = this.section.querySelector('.plot')?.clientWidth ?? 0;
    if (this.plot !== null && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: plotHeight });
  }

  private applyHighlight(): void {
    this.content?.lines.forEach((line, index) => {
      const series = this.plot?.series[index + 1];
      if (series === undefined) return;
      const own = line.role === 'raw' ? fadedAlpha.rawLine : 1;
      const isOther = this.highlighted !== null && this.highlighted !== line.cell;
      series.alpha = isOther ? own * fadedAlpha.otherVariant : own;
    });
  }

  private options(content: ChartContent, width: number): uPlot.Options {
    const grid = { stroke: () => themeColour('--unroll-grid'), width: 1 };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const common = { stroke: () => themeColour('--unroll-axis'), font, grid, ticks: { show: false } };
    const values: uPlot.Axis.Values = (_plot, ticks) => ticks.map(formatTick);
    const logarithmic = (ticksAtMost: number): Partial<uPlot.Axis> => ({
      splits: (_plot, _axis, low, high) => [...logarithmicTicks(low, high, ticksAtMost)],
      filter: (_plot, ticks) => ticks,
    });
    return {
      width,
      height: plotHeight,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: this.description.crosshairGroup, setSeries: false },
        points: { size: 7, width: 0 },
        dataIdx: (_plot, series, closest) => nearestMeasurement(this.aligned.y[series - 1] ?? [], closest) ?? closest,
      },
      scales: {
        x: {
          time: false,
          distr: content.logarithmicX ? 3 : 1,
          range: (_plot, low, high) => this.horizontalRange(low, high),
        },
        y: { distr: content.logarithmicY ? 3 : 1, range: (_plot, low, high) => this.verticalRange(low, high) },
      },
      axes: [
        {
          ...common,
          values,
          size: axisSize.x,
          gap: 4,
          ...(content.horizontal === 'time' ? {} : { incrs: wholeIncrements }),
          ...(content.logarithmicX ? logarithmic(8) : {}),
        },
        { ...common, values, size: axisSize.y, gap: 6, space: 32, ...(content.logarithmicY ? logarithmic(6) : {}) },
      ],
      series: [{}, ...content.lines.map(seriesOptions)],
      hooks: {
        draw: [(plot) => drawReference(plot, this.content?.reference ?? null)],
        setCursor: [() => this.renderText()],
      },
    };
  }

  private horizontalRange(low: number | null, high: number | null): uPlot.Range.MinMax {
    const content = this.content;
    const isLogarithmic = content?.logarithmicX ?? false;
    const start = isLogarithmic ? (low ?? 1) : 0;
    const end = Math.max(high ?? 0, content?.expectedEnd ?? 0);
    return end > start ? [start, end] : [start, start === 0 ? 1 : start * 10];
  }

  private verticalRange(dataLow: number | null, dataHigh: number | null): uPlot.Range.MinMax {
    const isLogarithmic = this.content?.logarithmicY ?? false;
    const reference = this.content?.reference?.value;
    const compared = reference !== undefined && (!isLogarithmic || reference > 0) ? [reference] : [];
    const low = Math.min(dataLow ?? Number.POSITIVE_INFINITY, ...compared);
    const high = Math.max(dataHigh ?? Number.NEGATIVE_INFINITY, ...compared);
    if (!Number.isFinite(low) || !Number.isFinite(high)) return isLogarithmic ? [0.1, 1] : [0, 1];
    if (isLogarithmic) return [low / 1.15, high * 1.15];
    const margin = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1;
    return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
  }

  private moveByKey(event: KeyboardEvent): void {
    const { plot } = this;
    const { x } = this.aligned;
    if (plot === null || x.length === 0) return;
    const last = x.length - 1;
    const current = plot.cursor.idx ?? last;
    const stride = event.shiftKey ? Math.max(1, Math.round(x.length / 20)) : 1;
    const target = { ArrowLeft: current - stride, ArrowRight: current + stride, Home: 0, End: last }[event.key];
    if (target === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    this.isMovedByKey = true;
    // Through the events that uPlot hears anyway, so that the other charts of the group follow.
    if (target === undefined) {
      plot.over.dispatchEvent(new MouseEvent('mouseleave'));
      return;
    }
    const position = x[Math.min(last, Math.max(0, target))] ?? 0;
    const { left, top } = plot.over.getBoundingClientRect();
    const clientX = left + plot.valToPos(position, 'x');
    plot.over.dispatchEvent(new MouseEvent('mousemove', { clientX, clientY: top + 1 }));
  }

  /** The title and the readout: under the crosshair, or at the end of each line while there is none. */
  private renderText(): void {
    const { content, aligned, plot } = this;
    if (content === null) return;
    const index = plot?.cursor.idx ?? null;
    const position = index === null ? undefined : aligned.x[index];
    const isEmpty = content.lines.every((line) => line.y.every((value) => value === null));
    const readings = content.lines.flatMap((line, at) => {
      if (line.role === 'raw') return [];
      const values = aligned.y[at] ?? [];
      const nearest = index === null ? null : nearestMeasurement(values, index);
      const value =
        index === null ? line.y.findLast((candidate) => candidate !== null) : nearest === null ? null : values[nearest];
      return [{ cell: line.cell, value }];
    });
    const template = html`
      <header>
        <h2>${content.title}</h2>
        <span class="position">${position === undefined ? horizontalName(content) : positionName(content, position)}</span>
      </header>
      <div class="readout" aria-live=${this.isMovedByKey ? 'polite' : 'off'}>
        ${readings.map(
          ({ cell, value }) => html`
            <span class="reading variant-${cell}" data-variant=${cell}>
              <span class="swatch"></span>${variantLabel(cell)} <span class="number">${formatLoss(value)}</span>
            </span>
          `,
        )}
        ${
          content.reference === null
            ? nothing
            : html`
                <span class="reading">
                  <span class="swatch reference"></span>${content.reference.label}
                  <span class="number">${formatLoss(content.reference.value)}</span>
                </span>
              `
        }
      </div>
      <div
        class="plot"
        tabindex="0"
        role="group"
        aria-roledescription="chart"
        aria-label=${`${content.title}. Arrow keys move the crosshair, Escape takes it away.`}
        @keydown=${(event: KeyboardEvent) => this.moveByKey(event)}
        @pointermove=${() => {
          this.isMovedByKey = false;
        }}
      ></div>
      <p class="empty" ?hidden=${!isEmpty}>Nothing measured yet</p>
      ${this.description.explanation === '' ? nothing : html`<p class="explanation">${this.description.explanation}</p>`}
    `;
    render(template, this.section);
  }
}

/** Whatever uPlot does not let change after construction. */
function constructionKey(content: ChartContent): string {
  const lines = content.lines.map((line) => `${line.cell} ${line.role}`);
  return [content.horizontal, content.logarithmicX, content.logarithmicY, ...lines].join('|');
}

function seriesOptions(line: ChartLine): uPlot.Series {
  const stroke = (): string => themeColour(variantColourProperty(line.cell));
  return {
    label: variantLabel(line.cell),
    stroke,
    width: line.role === 'raw' ? 1 : isHighContrast() ? 2 : 1.5,
    dash: isHighContrast() && line.role !== 'raw' ? [...variantDash(line.cell)] : [],
    points: line.role === 'measured' ? { size: 5, width: 0, fill: stroke } : { show: false },
  };
}

function drawReference(plot: uPlot, reference: ChartContent['reference']): void {
  if (reference === null) return;
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(reference.value, 'y', true));
  if (!Number.isFinite(y)) return;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = themeColour('--unroll-axis');
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 4 * scale]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function horizontalName(content: ChartContent): string {
  switch (content.horizontal) {
    case 'step':
      return 'by step';
    case 'time':
      return 'by seconds of training';
    case 'lag':
      return 'by lag in steps';
  }
}

function positionName(content: ChartContent, position: number): string {
  switch (content.horizontal) {
    case 'step':
      return `step ${formatTick(position)}`;
    case 'time':
      return `after ${formatDuration(position)}`;
    case 'lag':
      return `lag ${formatTick(position)}`;
  }
}
