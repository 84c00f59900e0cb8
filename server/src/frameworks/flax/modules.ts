/** Flax modules while their code runs: which layers each of them makes and applies, and the weights it sets up itself. */
import type { SourceLocation } from '../../../../model/graph';
import { type CallSite, type InstanceValue, list, type SequenceValue, type Value } from '../../evaluate/values';
import type { LayerValue } from '../layer';
import { TensorValue } from '../tensor';

/** An array that a module sets up by itself: `self.param(name, …)`, `nnx.Param(…)`. */
export class ParameterValue extends TensorValue {
  name = 'param';
  location: SourceLocation | null = null;
}

/** What one module holds, in order of first use; changed only through the heap, so that conditions leave it open. */
export class ModuleFrame {
  readonly children: SequenceValue = list([]);

  constructor(readonly instance: InstanceValue) {}

  add(child: Value, site: CallSite): void {
    if (this.children.items.includes(child)) return;
    site.machine.heap.setItems(this.children, [...this.children.items, child]);
  }
}

/** The modules that are running, and where each layer was made. */
export class ModuleStack {
  private readonly running: ModuleFrame[] = [];
  private frames = new Map<InstanceValue, ModuleFrame>();
  private readonly homes = new Map<LayerValue, ModuleFrame>();

  get current(): ModuleFrame | undefined {
    return this.running.at(-1);
  }

  /** Forgets what modules held, so that another trace can begin. */
  reset(): void {
    this.frames = new Map();
  }

  frameOf(instance: InstanceValue): ModuleFrame | undefined {
    return this.frames.get(instance);
  }

  /** Runs the code of a module; `isFirst` says whether it has run before in this trace. */
  within<Result>(instance: InstanceValue, work: (isFirst: boolean) => Result): Result {
    const held = this.frames.get(instance);
    const frame = held ?? new ModuleFrame(instance);
    this.frames.set(instance, frame);
    this.running.push(frame);
    try {
      return work(held === undefined);
    } finally {
      this.running.pop();
    }
  }

  made(layer: LayerValue): void {
    if (this.current !== undefined) this.homes.set(layer, this.current);
  }

  /** A layer belongs to the module that made it, another module to the one that applies it. */
  applied(child: LayerValue | InstanceValue, site: CallSite): void {
    const home = child.kind === 'foreign' ? (this.homes.get(child) ?? this.current) : this.current;
    home?.add(child, site);
  }
}
