/** What models and layers of the program's own are applied to where nothing says it whole. */
import { batchMeaning, known, type TensorType, timeMeaning } from '../../../../model/graph';
import { asNumber, type CallSite, tuple, type Value } from '../../evaluate/values';
import { type FlowRecorder, TensorValue } from '../tensor';
import type { KerasTrace } from './trace';

/** A stated shape with the batch and time of what it leaves open. */
export function openSizes(shape: Value, site: CallSite): Value {
  const items = site.machine.itemsOf(shape);
  if (items === undefined) return shape;
  const symbols = [
    { name: 'B', meaning: batchMeaning },
    { name: 'T', meaning: timeMeaning },
  ];
  return tuple(
    items.map((item, index): Value => {
      if (item.kind !== 'none') return item;
      const origin = symbols[index] ?? { name: `D${index}`, meaning: `size of axis ${index} of the input` };
      return { kind: 'integer', value: site.machine.symbol(origin) };
    }),
  );
}

/** A tensor that `call` is given and of which nothing is known: its width has the name that the source would use. */
export class OpenInput extends TensorValue {
  private readonly parts = new Map<string, OpenInput>();

  constructor(
    private readonly trace: KerasTrace,
    of: FlowRecorder,
    private readonly name: string,
    private readonly site: CallSite,
  ) {
    const { machine } = site;
    const because = `nothing says what shape ${name} has`;
    const origin = { name: `${name}.shape[-1]`, meaning: `width of ${name}, which nothing states` };
    const last = known(machine.symbol({ ...origin, location: machine.locate(site.span) }));
    const type: TensorType = { shape: { kind: 'unknown', because, last }, element: 'unknown' };
    const [recorded] = of.record({ kind: 'input', name }, [], [type], machine.locate(site.span));
    super(type, recorded?.reference ?? null, of, trace.dialect);
  }

  /** One number or text picks one of several inputs; anything else is a part of a tensor. */
  override index(indices: readonly Value[], site: CallSite): Value {
    const [only] = indices;
    const key = indices.length !== 1 ? undefined : only?.kind === 'string' ? `'${only.value}'` : integerText(only);
    return key === undefined ? super.index(indices, site) : this.part(key);
  }

  override unpack(count: number): readonly Value[] {
    return Array.from({ length: count }, (_, position) => this.part(String(position)));
  }

  private part(key: string): OpenInput {
    const held = this.parts.get(key) ?? new OpenInput(this.trace, this.recorder, `${this.name}[${key}]`, this.site);
    this.parts.set(key, held);
    return held;
  }
}

function integerText(value: Value | undefined): string | undefined {
  const number = value === undefined ? undefined : asNumber(value);
  return number === undefined ? undefined : String(number);
}
