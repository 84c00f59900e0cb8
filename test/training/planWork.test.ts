/** That a model is predicted the same from its graph, as the editor does it, and from its plan, as a comparison does it. */
import { expect, test } from 'vitest';
import { grid } from '../../bench/predictGrid';
import { createNetwork } from '../../engine/network';
import { planWork } from '../../engine/plan/planWork';
import { createReferenceBackend } from '../../engine/reference/backend';
import { dense, recurrent, regression } from '../../engine/test/plans';
import { publishedDevices } from '../../model/time/devices';
import { predictTime, predictWork } from '../../model/time/predict';
import type { DeviceProfile } from '../../model/time/profile';
import { productWork } from '../../model/time/work';

const [published] = publishedDevices;
if (published === undefined) throw new Error('there are devices');
/** A comparison runs on Unroll's engine, whose GRU makes two products a step. */
const device: DeviceProfile = { ...published, gruProducts: 2 };

/** What lies in an arena of more is the same, and takes longer to make. */
const small = grid.filter(({ batch, plan }) => batch * plan.timeSteps < 2000);

test.each(small.map((item) => [item.name, item] as const))('%s', (_, { plan, batch, graph }) => {
  const { parameterCount } = createNetwork(plan, batch, createReferenceBackend, 1);
  const fromPlan = predictWork(planWork(plan, batch, parameterCount), device);
  const fromGraph = predictTime(graph, device, { mode: 'training', batch, steps: null });
  if ('unknown' in fromPlan || 'unknown' in fromGraph) throw new Error('both are predicted');
  expect(fromPlan.seconds / fromGraph.seconds).toBeCloseTo(1, 6);
});

test('what reads the cell state of a projected LSTM reads all of its width', () => {
  const plan = regression([
    recurrent({ hiddenSize: 7, projection: 3 }),
    dense(2, { reads: [{ layer: 0, output: 2 }] }),
  ]);
  const products = planWork(plan, 5, 1).filter((work) => work.kind === 'product');
  expect(products).toContainEqual(productWork(5, 7, 2));
});
