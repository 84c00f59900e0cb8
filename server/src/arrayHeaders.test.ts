/** Headers of arrays, against files that NumPy 2.4 wrote. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { arraysIn } from './arrayHeaders';
import { DiskWorkspace } from './diskWorkspace';

/** `np.save(file, np.zeros((3, 2, 1), "f4"))`. */
const single =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIsIDEpLCB9ICAg' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAA=';
/** `np.savez(file, x=np.zeros((3, 2, 1), "f4"), y=np.zeros(3, "i8"))`. */
const stored =
  'UEsDBC0AAAAAAAAAIQDpTmtV//////////8FABQAeC5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog' +
  'JzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCAyLCAxKSwgfSAgICAgICAgICAgICAgICAgICAgICAg' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUEsDBC0AAAAAAAAAIQAb1l8G' +
  '//////////8FABQAeS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29y' +
  'ZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg' +
  'ICAgICAgICAgICAgICAKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUEsBAi0DLQAAAAAAAAAhAOlOa1WYAAAAmAAAAAUAAAAAAAAA' +
  'AAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAAAAAAhABvWXwaYAAAAmAAAAAUAAAAAAAAAAAAAAIABzwAAAHkubnB5UEsFBgAAAAAC' +
  'AAIAZgAAAJ4BAAAAAA==';
/** `np.savez_compressed(file, x=np.zeros((300, 20, 5)))`. */
const compressed =
  'UEsDBC0AAAAIAAAAIQDiatE///////////8FABQAeC5ucHkBABAAAKoDAAAAAABQAQAAAAAAAO3IMQ4BQQCF4dU6xXRDsoUQiYha' +
  'RzQKlWzsbBRiZVY04hQubF2B9vuSV7z/vd1vdodB8SiesU7dKcdliKtmEcsQmzbfc3U9trlO376uLl3qe3eubqn/o9lkUoZpv/m4' +
  'DK/wg2EBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAH/4AFBLAQItAy0AAAAIAAAAIQDiatE/UAEAAACqAwAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLBQYAAAAA' +
  'AQABADMAAACHAQAAAAA=';

const x = { name: 'x', shape: [3, 2, 1], isInteger: false };

describe('the arrays of a file', () => {
  it.each([
    ['.npy', single, [{ ...x, name: '' }]],
    ['.npz', stored, [x, { name: 'y', shape: [3], isInteger: true }]],
    ['compressed .npz', compressed, [{ name: 'x', shape: [300, 20, 5], isInteger: false }]],
    ['neither', Buffer.from('day,t\n1,2\n').toString('base64'), []],
    ['nothing', '', []],
    ['cut off', stored.slice(0, 400), []],
  ])('%s', (_, base64, arrays) => {
    const bytes = Buffer.from(base64, 'base64');
    expect(arraysIn(bytes.length, (from, length) => bytes.subarray(from, from + length))).toEqual(arrays);
  });
});

const folder = mkdtempSync(path.join(tmpdir(), 'unroll-arrays-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('are read from disk, and tables begin as they do', () => {
  const [array, table] = [path.join(folder, 'x.npz'), path.join(folder, 'big.csv')];
  writeFileSync(array, Buffer.from(stored, 'base64'));
  writeFileSync(table, 'a,b\n'.repeat(50_000));
  const workspace = new DiskWorkspace();
  expect(workspace.arrays(array)).toHaveLength(2);
  expect(workspace.arrays(path.join(folder, 'gone.npy'))).toEqual([]);
  expect(workspace.arrays(folder)).toEqual([]);
  expect(workspace.beginning(table)).toMatchObject({ share: expect.closeTo(65_536 / 200_000, 9) });
  expect(workspace.beginning(path.join(folder, 'gone.csv'))).toBeUndefined();
});
